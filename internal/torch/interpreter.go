package torch

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// PythonVariable names an interpreter with PyTorch in the environment.
const PythonVariable = "WAVELETGPT_PYTHON"

// ErrNoPython is wrapped by the error for an interpreter that is not there.
var ErrNoPython = errors.New("there is no Python")

// Interpreter returns the Python to train with: the one that is named, else that of the
// environment, that of the virtual environment which [Setup] makes, or python3.
func Interpreter(named string) (string, error) {
	if named == "" {
		named = os.Getenv(PythonVariable)
	}
	if named != "" {
		path, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("%w %s (%w); %s", ErrNoPython, named, err, remedy)
		}
		return path, nil
	}
	if home, err := Home(); err == nil {
		if python := pythonOf(Environment(home)); exists(python) {
			return python, nil
		}
	}
	for _, name := range []string{"python3", "python"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("%w to train with PyTorch; install Python 3.10 or newer and %s", ErrNoPython, remedy)
}

// Environment is the virtual environment below a home directory.
func Environment(home string) string { return filepath.Join(home, "torch") }

func pythonOf(environment string) string {
	if runtime.GOOS == "windows" {
		return filepath.Join(environment, "Scripts", "python.exe")
	}
	return filepath.Join(environment, "bin", "python")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
