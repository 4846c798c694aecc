"""Prints the notes of MIDI files as three libraries read them.

A JSON object for each file: from mido, pretty_midi and symusic to a sorted list of
notes. A note is [pitch, start, end, velocity], times in milliseconds. mido reads
messages; here a note-off ends the oldest note of its channel and pitch. Percussion
is left out.
"""

import collections
import json
import sys

import mido
import pretty_midi
import symusic


def read_mido(path):
    notes, down, now = [], collections.defaultdict(list), 0.0
    for m in mido.MidiFile(path):
        now += m.time
        if m.type == 'note_on' and m.velocity:
            down[m.channel, m.note].append((now, m.velocity))
        elif m.type in ('note_on', 'note_off'):
            start, velocity = down[m.channel, m.note].pop(0)
            notes.append([m.note, round(1000 * start), round(1000 * now), velocity])
    assert not any(down.values()), 'a note has no end'
    return notes


def read_pretty_midi(path):
    tracks = pretty_midi.PrettyMIDI(path).instruments
    return [[n.pitch, round(1000 * n.start), round(1000 * n.end), n.velocity] for t in tracks if not t.is_drum for n in t.notes]


def read_symusic(path):
    score = symusic.Score(path)
    assert score.ticks_per_quarter == 500 and [t.qpm for t in score.tempos] == [120]  # a tick is a millisecond
    return [[n.pitch, n.time, n.time + n.duration, n.velocity] for t in score.tracks if not t.is_drum for n in t.notes]


for path in sys.argv[1:]:
    readers = {'mido': read_mido, 'pretty_midi': read_pretty_midi, 'symusic': read_symusic}
    print(json.dumps({name: sorted(read(path)) for name, read in readers.items()}))
