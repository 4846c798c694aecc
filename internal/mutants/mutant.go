package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// A mutant is one way to break the program.
type mutant struct {
	name     string
	file     string // slash path from the root of the module
	old, new string // old occurs exactly once in file
	suite    suite
}

// A suite is the tests that have to catch a mutant.
type suite struct {
	packages string // paths from the root of the module, separated by spaces
	tests    string // a pattern of go test -run; empty is all
}

// mutants lists all of them.
func mutants() []mutant {
	var all []mutant
	for _, part := range [][]mutant{waveletMutants, modelMutants, trainingMutants, dataMutants, storageMutants, comparisonMutants, musicMutants, audioMutants, referenceMutants} {
		all = append(all, part...)
	}
	return all
}

// apply returns the text of the file with the mutant in it.
func (m mutant) apply(root string) (string, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.file)))
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(text), m.old); n != 1 {
		return "", fmt.Errorf("the old text is %d times in %s, not once: %q", n, m.file, m.old)
	}
	return strings.Replace(string(text), m.old, m.new, 1), nil
}

// overlay writes into dir what go test -overlay wants and returns its path.
func (m mutant) overlay(root, dir string) (string, error) {
	text, err := m.apply(root)
	if err != nil {
		return "", err
	}
	changed := filepath.Join(dir, "changed.go")
	if err := os.WriteFile(changed, []byte(text), 0o666); err != nil {
		return "", err
	}
	document, err := json.Marshal(map[string]map[string]string{
		"Replace": {filepath.Join(root, filepath.FromSlash(m.file)): changed},
	})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	return path, os.WriteFile(path, document, 0o666)
}
