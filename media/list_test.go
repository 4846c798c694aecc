package media

import (
	"encoding/binary"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// splitsOf returns name:split of the sound files in a folder or table.
func splitsOf(t *testing.T, path string, medium Medium) (splits []string, found *Found, err error) {
	t.Helper()
	found, err = Find(t.Context(), path, medium)
	if err != nil {
		return nil, nil, err
	}
	for _, d := range found.Documents {
		splits = append(splits, d.Name+":"+d.Split)
	}
	return splits, found, nil
}

// However a table is written, it says the same.
func TestSpellingsOfTables(t *testing.T) {
	want := []string{"wavs/1.wav:train", "wavs/2.wav:train", "wavs/3.wav:validation", "wavs/4.wav:test"}
	for name, table := range map[string]string{
		"plain.csv":      "file,split\nwavs/1.wav,train\nwavs/2.wav,train\nwavs/3.wav,validation\nwavs/4.wav,test\n",
		"words.csv":      "file,SPLIT\nwavs/1.wav,train\nwavs/2.wav,Train\nwavs/3.wav,dev\nwavs/4.wav,test\n",
		"windows.csv":    "file,split\r\nwavs\\1.wav,train\r\nwavs\\2.wav,train\r\nwavs\\3.wav,val\r\nwavs\\4.wav,test\r\n",
		"quoted.csv":     "\ufeff\"split\",\"file\"\n\"train\",\"wavs/1.wav\"\n\"train\",\"wavs/2.wav\"\n\"valid\",\"wavs/3.wav\"\n\"test\",\"wavs/4.wav\"\n",
		"semicolon.csv":  "file;split;words\nwavs/1.wav;train;a, b\nwavs/2.wav;train;\nwavs/3.wav;dev;\nwavs/4.wav;test;\n",
		"tabs.tsv":       "split\tfile\ttext\ntrain\twavs/1.wav\t\"a\" b\ntrain\twavs/2.wav\t\"\ndev\twavs/3.wav\t\ntest\twavs/4.wav\t\n",
		"genres.csv":     "file,split,genre|kind\nwavs/1.wav,train,a|b\nwavs/2.wav,train,a|b\nwavs/3.wav,dev,a|b\nwavs/4.wav,test,a|b\n",
		"bars.csv":       "file|split\nwavs/1.wav|train\nwavs/2.wav|train\nwavs/3.wav|dev\nwavs/4.wav|test\n",
		"blanks.csv":     "file, split\n wavs/1.wav , train\n\nwavs/2.wav,train\n,\nwavs/3.wav,dev\nwavs/4.wav,test\n\n",
		"dots.csv":       "file,split\n./wavs/1.wav,train\n./wavs/2.wav,train\nwavs/../wavs/3.wav,dev\nwavs/4.wav,test\n",
		"absolute.csv":   "file,split\n@/wavs/1.wav,train\n@/wavs/2.wav,train\n@/wavs/3.wav,dev\n@/wavs/4.wav,test\n",
		"columns.json":   `{"split":{"0":"train","1":"train","10":"test","2":"dev"},"audio":{"0":"wavs/1.wav","1":"wavs/2.wav","10":"wavs/4.wav","2":"wavs/3.wav"}}`,
		"arrays.json":    `{"split":["train","train","dev","test"],"audio":["wavs/1.wav","wavs/2.wav","wavs/3.wav","wavs/4.wav"]}`,
		"objects.json":   `[{"split":"train","f":"wavs/1.wav","n":1},{"split":"train","f":"wavs/2.wav"},{"split":"dev","f":"wavs/3.wav"},{"split":"test","f":"wavs/4.wav"}]`,
		"numbers.csv":    "id,file,split\n4,wavs/1.wav,train\n3,wavs/2.wav,train\n2,wavs/3.wav,dev\n1,wavs/4.wav,test\n",
		"wide.csv":       wide("file,split\nwavs/1.wav,train\nwavs/2.wav,train\nwavs/3.wav,dev\nwavs/4.wav,test\n", binary.LittleEndian),
		"bare.csv":       "id|text|split\n1|some words|train\n2|1|train\n3||dev\n4||test\n",
		"lines.jsonl":    "{\"file_name\": \"wavs/1.wav\", \"split\": \"train\"}\n{\"file_name\": \"wavs/2.wav\", \"split\": \"train\"}\n\n{\"file_name\": \"wavs/3.wav\", \"split\": \"dev\"}\n{\"file_name\": \"wavs/4.wav\", \"split\": \"test\"}\n",
		"lines.json":     "{\"f\": \"wavs/1.wav\", \"subset\": \"train\"}\n{\"f\": \"wavs/2.wav\", \"subset\": \"train\"}\n{\"f\": \"wavs/3.wav\", \"subset\": \"dev\"}\n{\"f\": \"wavs/4.wav\", \"subset\": \"test\"}\n",
		"subset.csv":     "file,Subset\nwavs/1.wav,train\nwavs/2.wav,train\nwavs/3.wav,validation\nwavs/4.wav,test\n",
		"commas.csv":     "file|split|words\nwavs/1.wav|train|a, b, c\nwavs/2.wav|train|\nwavs/3.wav|dev|d, e\nwavs/4.wav|test|f\n",
		"recordings.CSV": "file,split\nwavs/1.wav,train\nwavs/2.wav,train\nwavs/3.wav,validation\nwavs/4.wav,test\n",
	} {
		files := map[string]string{name: table}
		for _, n := range []string{"1", "2", "3", "4"} {
			files["wavs/"+n+".wav"] = wav(t)
		}
		root := write(t, files)
		if strings.Contains(table, "@") {
			writeIn(t, root, name, strings.ReplaceAll(table, "@", filepath.ToSlash(root)))
		}
		for _, path := range []string{root, filepath.Join(root, name)} {
			got, found, err := splitsOf(t, path, Any)
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %q, %v; want %q", strings.TrimPrefix(path, root), got, err, want)
				continue
			}
			if !slices.Equal(found.Lists, []string{name}) || len(found.Left) > 0 {
				t.Errorf("%s: lists %q, left out %v", name, found.Lists, found.Left)
			}
		}
	}
}

// A row that names nothing is an error that names the row, and never a text.
func TestRowsThatNameNothing(t *testing.T) {
	files := map[string]string{"a.wav": wav(t), "b.wav": wav(t)}
	for table, want := range map[string]string{
		"file,split\nc.wav,train\na.wav,test\n":                                         `row 2 names "c.wav", which is not there`,
		"file,split\na.wav,train\nc.wav,train\nb.wav,dev\n":                             `row 3 names "c.wav", which is not there`,
		"file,split\nx/a.wav,train\nx/b.wav,dev\n":                                      `row 2 names "x/a.wav", which is not there`,
		"\ufeffsplit;file\r\ntrain;C:\\sound\\a.wav\r\n":                                `row 2 names "C:\\sound\\a.wav", which is not there`,
		"file,split\na.wav,train\nb.wav,other\n":                                        "row 3: the split must be train, validation, test or holdout",
		"file,split\na.wav,train\na.wav,test\n":                                         "a.wav",
		`{"split":{"0":"train"},"audio":{"0":"absent.wav"}}`:                            `row 2 names "absent.wav"`,
		"{\"f\":\"a.wav\",\"split\":\"train\"}\n{\"f\":\"b.wav\",\"split\":\"dev\"\n":   "line 2 is no JSON object",
		"{\"f\":\"a.wav\",\"subset\":\"train\"}\n{\"f\":\"b.wav\",\"subset\":\"dev\"\n": "line 2 is no JSON object",
	} {
		name := "list.csv"
		if table[0] == '{' {
			name = "list.json"
		}
		root := write(t, files)
		writeIn(t, root, name, table)
		for _, path := range []string{root, filepath.Join(root, name)} {
			for _, medium := range []Medium{Any, Audio} {
				got, _, err := splitsOf(t, path, medium)
				if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), name) {
					t.Errorf("%q as %q: %q, %v; want %s", table, medium, got, err, want)
				}
			}
		}
	}
}

// The tables of well-known collections.
func TestCollections(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		path  string
		want  []string
		left  string
	}{
		"LJSpeech": {
			map[string]string{
				"metadata.csv":        "LJ001-0001|Printing, in the \"only sense|Printing\nLJ001-0002|in being modern.|in being modern.\n",
				"wavs/LJ001-0001.wav": "", "wavs/LJ001-0002.wav": "", "README": "about it",
			},
			"", []string{"wavs/LJ001-0001.wav:", "wavs/LJ001-0002.wav:"}, "1 .csv, 1 without an extension (README)",
		},
		"LJSpeech by its table": {
			map[string]string{
				"metadata.csv":        "LJ001-0001|Printing, in the \"only sense|Printing\nLJ001-0002|in being modern.|in being modern.\n",
				"wavs/LJ001-0001.wav": "", "wavs/LJ001-0002.wav": "", "README": "about it",
			},
			"metadata.csv", []string{"wavs/LJ001-0001.wav:", "wavs/LJ001-0002.wav:"}, "",
		},
		"Common Voice": {
			map[string]string{
				"train.tsv":     "client_id\tpath\tsentence\nx\ta.wav\tsome \"words\ny\tb.wav\t\n",
				"dev.tsv":       "client_id\tpath\tsentence\nx\tc.wav\t\n",
				"test.tsv":      "client_id\tpath\tsentence\nx\td.wav\t\n",
				"validated.tsv": "client_id\tpath\tsentence\nx\ta.wav\t\nx\te.wav\t\n",
				"clips/a.wav":   "", "clips/b.wav": "", "clips/c.wav": "", "clips/d.wav": "", "clips/e.wav": "",
			},
			"", []string{"clips/a.wav:train", "clips/b.wav:train", "clips/c.wav:validation", "clips/d.wav:test"}, "1 .tsv, 1 in none of the lists (clips/e.wav)",
		},
		"Speech Commands": {
			map[string]string{
				"validation_list.txt": "bed/1.wav\n", "testing_list.txt": "cat/1.wav\r\n", "bed/0.wav": "", "bed/1.wav": "", "cat/0.wav": "", "cat/1.wav": "",
			},
			"", []string{"bed/0.wav:train", "bed/1.wav:validation", "cat/0.wav:train", "cat/1.wav:test"}, "",
		},
		"NeMo": {
			map[string]string{
				"train_manifest.json": "{\"audio_filepath\": \"w/a.wav\", \"text\": \"x\"}\n{\"audio_filepath\": \"w/b.wav\", \"text\": \"y\"}\n",
				"test_manifest.json":  "{\"audio_filepath\": \"w/c.wav\", \"text\": \"z\"}\n", "w/a.wav": "", "w/b.wav": "", "w/c.wav": "",
			},
			"", []string{"w/a.wav:train", "w/b.wav:train", "w/c.wav:test"}, "",
		},
		"lists of files": {
			map[string]string{
				"filelists/train_filelist.txt": "../w/a.wav|some, words, here\n../w/b.wav|more\n", "filelists/val_filelist.txt": "../w/c.wav|and, more\n",
				"w/a.wav": "", "w/b.wav": "", "w/c.wav": "",
			},
			"", []string{"w/a.wav:train", "w/b.wav:train", "w/c.wav:validation"}, "",
		},
		"other lists": {
			map[string]string{"train.lst": "a.wav\n", "test.lst": "b.wav\n", "a.wav": "", "b.wav": "", "notes.txt": "train and test"},
			"", []string{"a.wav:train", "b.wav:test"}, "1 .txt",
		},
		"folds": {
			map[string]string{"fold1_train.txt": "a.wav\n", "fold1_test.txt": "b.wav\n", "fold2_train.txt": "b.wav\n", "fold2_test.txt": "a.wav\n", "a.wav": "", "b.wav": ""},
			"", []string{"a.wav:", "b.wav:"}, "4 .txt",
		},
		"names with commas": {
			map[string]string{"train.lst": "Bach, Fugue.wav\n", "test.lst": "b.wav\n", "Bach, Fugue.wav": "", "b.wav": ""},
			"", []string{"Bach, Fugue.wav:train", "b.wav:test"}, "",
		},
		"no subset": {
			map[string]string{"l.csv": "file,set\na.wav,\nb.wav,\n", "a.wav": "", "b.wav": ""},
			"", []string{"a.wav:", "b.wav:"}, "1 .csv",
		},
		"a long line of JSON": {
			map[string]string{"l.json": `[{"f":"a.wav","split":"train"},{"f":"b.wav","split":"test","x":"` + strings.Repeat("x", tableHead) + `"}]`, "a.wav": "", "b.wav": ""},
			"", []string{"a.wav:train", "b.wav:test"}, "",
		},
		"transcripts beside": {
			map[string]string{"train/a.wav": "", "train/a.txt": "words", "test/b.wav": "", "test/b.txt": "words"},
			"", []string{"test/b.wav:test", "train/a.wav:train"}, "2 .txt",
		},
		"subsets of other kinds": {
			map[string]string{"fma.csv": "file,subset\na.wav,small\nb.wav,large\n", "a.wav": "", "b.wav": ""},
			"", []string{"a.wav:", "b.wav:"}, "1 .csv",
		},
		"an archive beside its files": {
			map[string]string{"list.csv": "file,split\nw/a.wav,train\nw/b.wav,test\n", "w/a.wav": "", "w/b.wav": "", "w.zip": zipped(t, "a.wav", wav(t), "b.wav", wav(t))},
			"", []string{"w/a.wav:train", "w/b.wav:test"}, "2 there unpacked too (w/a.wav)",
		},
		"tables with a hold-out": {
			map[string]string{"train.csv": "a.wav\n", "dev.csv": "b.wav\n", "holdout.csv": "c.wav\n", "a.wav": "", "b.wav": "", "c.wav": ""},
			"", []string{"a.wav:train", "b.wav:validation", "c.wav:holdout"}, "",
		},
		"column with a hold-out": {
			map[string]string{"list.csv": "file,split\na.wav,train\nb.wav,Hold-out\nc.wav,held_out\nd.wav,heldout\n", "a.wav": "", "b.wav": "", "c.wav": "", "d.wav": ""},
			"", []string{"a.wav:train", "b.wav:holdout", "c.wav:holdout", "d.wav:holdout"}, "",
		},
		"folders with a hold-out": {
			map[string]string{"train/a.wav": "", "dev/b.wav": "", "hold-out/c.wav": ""},
			"", []string{"dev/b.wav:validation", "hold-out/c.wav:holdout", "train/a.wav:train"}, "",
		},
		"folders": {
			map[string]string{"train/a.wav": "", "dev/b.wav": "", "test/c.wav": "", "README.md": "about it"},
			"", []string{"dev/b.wav:validation", "test/c.wav:test", "train/a.wav:train"}, "1 .md",
		},
	} {
		files := map[string]string{}
		for file, content := range test.files {
			if content == "" {
				content = wav(t)
			}
			files[file] = content
		}
		got, found, err := splitsOf(t, filepath.Join(write(t, files), test.path), Any)
		if err != nil || !slices.Equal(got, test.want) || Summary(found.Left) != test.left {
			t.Errorf("%s: %q, %v; want %q", name, got, err, test.want)
			if found != nil {
				t.Errorf("left out %s, want %s", Summary(found.Left), test.left)
			}
		}
		if found != nil && found.Unfollowed != (name == "folds") {
			t.Errorf("%s: unfollowed %t", name, found.Unfollowed)
		}
	}
}

// A folder or table with sound and MIDI files is a question, which a medium
// answers.
func TestSeveralMedia(t *testing.T) {
	root := write(t, map[string]string{
		"a.wav": wav(t), "a.mid": midi(t), "b.txt": "text", "c.txt": "text", "d.txt": "text",
		"list.csv": "midi,audio,split\na.mid,a.wav,train\n",
	})
	const all = "4 text files, 1 sound file and 1 MIDI file; choose with --medium text, audio or music"
	for path, want := range map[string]string{
		root: all, filepath.Join(root, "*"): all,
		filepath.Join(root, "list.csv"): "choose with --medium audio or music",
	} {
		_, err := Find(t.Context(), path, Any)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
		for medium, want := range map[Medium]string{Audio: "a.wav:train", Music: "a.mid:train"} {
			got, _, err := splitsOf(t, path, medium)
			if err != nil || !slices.Equal(got, []string{want}) {
				t.Errorf("%s as %s: %q, %v", path, medium, got, err)
			}
		}
	}
	found, err := Find(t.Context(), root, Text)
	if err != nil || len(found.Documents) != 4 || Summary(found.Left) != "1 .mid, 1 .wav" {
		t.Errorf("as text: %v, %v", found, err)
	}
}

// A list whose files are missing is no text; a list of texts sets their splits;
// several columns of recordings are all taken.
func TestListsOfOtherKinds(t *testing.T) {
	missing := write(t, map[string]string{"list.csv": "path,text\na.wav,some words\nb.wav,more\n", "late.csv": "path\n" + strings.Repeat("absent.wav\n", 30) + "a.flac\n"})
	for _, name := range []string{"list.csv", "late.csv"} {
		if _, err := Find(t.Context(), filepath.Join(missing, name), Any); err == nil || !strings.Contains(err.Error(), "which is not there") {
			t.Errorf("%s: %v", name, err)
		}
	}
	texts := write(t, map[string]string{"a.txt": "a", "b.txt": "b", "index.csv": "file,split\na.txt,train\nb.txt,dev\n", "other.csv": "word,split\nx,left\n"})
	want := []string{"a.txt:train", "b.txt:validation"}
	if got, _, err := splitsOf(t, filepath.Join(texts, "index.csv"), Any); err != nil || !slices.Equal(got, want) {
		t.Errorf("a list of texts: %q, %v", got, err)
	}
	if got, _, err := splitsOf(t, texts, Any); err != nil || !slices.Equal(got, append(want, "other.csv:")) {
		t.Errorf("a folder of texts with a list: %q, %v", got, err)
	}
	lines := write(t, map[string]string{"a.txt": "a", "b.txt": "b", "metadata.jsonl": "{\"file_name\": \"a.txt\", \"split\": \"train\"}\n{\"file_name\": \"b.txt\", \"split\": \"test\"}\n", "corpus.jsonl": "{\"text\": \"a\", \"split\": \"train\"}\n{\"text\": \"b\"}\n"})
	if got, _, err := splitsOf(t, lines, Any); err != nil || !slices.Equal(got, []string{"a.txt:train", "b.txt:test", "corpus.jsonl:"}) {
		t.Errorf("texts with lines of JSON: %q, %v", got, err)
	}
	pairs := write(t, map[string]string{"n1.wav": wav(t), "c1.wav": wav(t), "p.csv": "noisy,clean,split\nn1.wav,c1.wav,train\n", "m.csv": "file,split\nn1.wav,train\nm.mid,test\n", "m.mid": midi(t)})
	if got, _, err := splitsOf(t, filepath.Join(pairs, "p.csv"), Any); err != nil || !slices.Equal(got, []string{"c1.wav:train", "n1.wav:train"}) {
		t.Errorf("two columns: %q, %v", got, err)
	}
	if _, err := Find(t.Context(), filepath.Join(pairs, "m.csv"), Audio); err == nil || !strings.Contains(err.Error(), `row 3 names "m.mid", which is MIDI, not audio`) {
		t.Errorf("MIDI in a list of sound: %v", err)
	}
}

// Documents have the same names however the path of a list is written.
func TestNamesInLists(t *testing.T) {
	root := write(t, map[string]string{"d/a.wav": wav(t), "d/wavs/b.wav": wav(t), "d/one.csv": "file,split\n./a.wav,train\n", "d/two.csv": "b|words\n"})
	t.Chdir(root)
	for list, want := range map[string]string{"one.csv": "a.wav:train", "two.csv": "wavs/b.wav:"} {
		for _, path := range []string{filepath.Join("d", list), filepath.Join(root, "d", list), filepath.Join("d", "..", "d", list)} {
			if got, _, err := splitsOf(t, path, Any); err != nil || !slices.Equal(got, []string{want}) {
				t.Errorf("%s: %q, %v; want %s", path, got, err, want)
			}
		}
	}
}

// Splits that names tell are followed, or it is said that they are not.
func TestNamesOfSplits(t *testing.T) {
	for name, test := range map[string]struct {
		files      []string
		splits     []string
		unfollowed bool
	}{
		"WikiText": {[]string{"wiki.train.tokens", "wiki.valid.tokens", "wiki.test.tokens"}, []string{"wiki.test.tokens:test", "wiki.train.tokens:train", "wiki.valid.tokens:validation"}, false},
		"shards":   {[]string{"train-00000-of-00002.txt", "train-00001-of-00002.txt", "validation-00000-of-00001.txt"}, []string{"train-00000-of-00002.txt:train", "train-00001-of-00002.txt:train", "validation-00000-of-00001.txt:validation"}, false},
		"sets":     {[]string{"training_set/a", "Testing_set/b", "README"}, []string{"Testing_set/b:test", "training_set/a:train"}, false},
		"Hugging Face": {[]string{"data/train-00000.jsonl", "data/validation-00000.jsonl", "data/test-00000.jsonl", "README.md"},
			[]string{"data/test-00000.jsonl:test", "data/train-00000.jsonl:train", "data/validation-00000.jsonl:validation"}, false},
		"licence":       {[]string{"LICENSE", "docs/train_1.txt", "docs/dev_1.txt", "docs/notes"}, []string{"docs/dev_1.txt:validation", "docs/train_1.txt:train"}, false},
		"far":           {[]string{"README", "a/LICENSE", "a/b/train/x", "a/b/test/y"}, []string{"a/b/test/y:test", "a/b/train/x:train"}, false},
		"more above":    {[]string{"1", "2", "3", "b/train", "b/test"}, []string{"1:", "2:", "3:", "b/test:", "b/train:"}, true},
		"two of each":   {[]string{"a/X.train.txt", "a/X.test.txt", "b/X.train.txt", "b/X.test.txt"}, []string{"a/X.test.txt:", "a/X.train.txt:", "b/X.test.txt:", "b/X.train.txt:"}, true},
		"eval":          {[]string{"train.txt", "eval.txt"}, []string{"eval.txt:", "train.txt:"}, true},
		"eval shards":   {[]string{"d/train-00000-of-00001.txt", "d/eval-00000-of-00001.txt"}, []string{"d/eval-00000-of-00001.txt:", "d/train-00000-of-00001.txt:"}, true},
		"no training":   {[]string{"a", "test.txt"}, []string{"a:", "test.txt:"}, true},
		"only training": {[]string{"x/train_1.txt", "x/train_2.txt"}, []string{"x/train_1.txt:", "x/train_2.txt:"}, false},
		"words":         {[]string{"the train.txt", "a trip.txt", "testament.txt"}, []string{"a trip.txt:", "testament.txt:", "the train.txt:"}, false},
		"unit tests":    {[]string{"a.go", "a_test.go", "b/b_test.go"}, []string{"a.go:", "a_test.go:", "b/b_test.go:"}, false},
		"nested":        {[]string{"clean/train/a", "clean/test/b", "noisy/train/c", "noisy/test/d"}, []string{"clean/test/b:", "clean/train/a:", "noisy/test/d:", "noisy/train/c:"}, true},
		"stray":         {[]string{"sample/a", "data/train/b", "data/test/c"}, []string{"data/test/c:", "data/train/b:", "sample/a:"}, true},
		"DCASE":         {[]string{"train/a", "development/b", "evaluation/c"}, []string{"development/b:", "evaluation/c:", "train/a:"}, true},
		"titles":        {[]string{"Midnight Train.txt", "The Test.txt", "a.txt", "b.txt", "c.txt"}, []string{"Midnight Train.txt:", "The Test.txt:", "a.txt:", "b.txt:", "c.txt:"}, true},
		"tests":         {[]string{"src/a.go", "src/test/b.go"}, []string{"src/a.go:", "src/test/b.go:"}, false},
	} {
		files := map[string]string{}
		for _, f := range test.files {
			files[f] = "some text"
		}
		got, found, err := splitsOf(t, write(t, files), Any)
		if err != nil || !slices.Equal(got, test.splits) || found.Unfollowed != test.unfollowed {
			t.Errorf("%s: %q, %v; want %q, unfollowed %t", name, got, err, test.splits, test.unfollowed)
		}
	}
}

// Of several columns that name files without extension, the one with a usual name
// counts, whatever stands before it: pandas writes an index. Without a usual name it
// is a question.
func TestBareColumns(t *testing.T) {
	files := map[string]string{}
	for i := range 30 {
		files[fmt.Sprintf("wavs/%d.wav", i+1)] = wav(t)
	}
	for name, test := range map[string]struct {
		heading string
		row     func(i, file int) string
		want    string // part of an error
	}{
		"index":              {",id,split", func(i, file int) string { return fmt.Sprintf("%d,%d", i, file) }, ""},
		"index and file":     {",id,file,split", func(i, file int) string { return fmt.Sprintf("%d,%d,%d", i, 31-i, file) }, ""},
		"same twice":         {"a,b,split", func(i, file int) string { return fmt.Sprintf("%d,%d", file, file) }, ""},
		"a number by chance": {"utt,speaker,split", func(i, file int) string { return fmt.Sprintf("%d,%d", file, i%5+1) }, ""},
		"speaker first":      {"speaker,utt,split", func(i, file int) string { return fmt.Sprintf("%d,%d", i%5+1, file) }, ""},
		"no usual name":      {",utt,split", func(i, file int) string { return fmt.Sprintf("%d,%d", i, file) }, `columns "" and "utt" both name files`},
	} {
		table := test.heading + "\n"
		want := map[string]string{}
		for i := 1; i <= 30; i++ {
			file, split := i*7%31, []string{Train, Train, Validation, Test}[i%4]
			want[fmt.Sprintf("wavs/%d.wav", file)] = split
			table += test.row(i, file) + "," + split + "\n"
		}
		files["metadata.csv"] = table
		root := write(t, files)
		for _, path := range []string{root, filepath.Join(root, "metadata.csv")} {
			found, err := Find(t.Context(), path, Any)
			if test.want != "" {
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("%s: error %v, want %s", name, err, test.want)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			got := map[string]string{}
			for _, d := range found.Documents {
				got[d.Name] = d.Split
			}
			if !maps.Equal(got, want) {
				t.Errorf("%s: %v, want %v", name, got, want)
			}
		}
	}
}
