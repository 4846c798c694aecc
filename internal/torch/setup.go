package torch

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/waveletgpt/waveletgpt/internal/vfs"
)

// Requirements are the packages of the virtual environment, pinned. They are those that
// this version is tested with; accelerate is for transformers' Trainer.
//
//go:embed requirements.txt
var Requirements string

// Size says how much [Setup] fetches and stores. PyTorch for Linux brings CUDA.
func Size() string {
	if runtime.GOOS == "linux" && runtime.GOARCH == "amd64" {
		return "3 GB to fetch and 6 GB on the disk"
	}
	return "up to 3 GB to fetch and 6 GB on the disk, where PyTorch brings CUDA, and a tenth elsewhere"
}

// Setup makes the virtual environment in dir by a Python, 3.10 or newer, and installs
// the pinned packages and this program's own in it. One that is there is brought to the
// pinned versions. What Python and pip say goes to out.
func Setup(ctx context.Context, python, dir string, out io.Writer) error {
	if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
		return err
	}
	run := func(name string, args ...string) error {
		c := exec.CommandContext(ctx, name, args...)
		c.Stdout, c.Stderr = out, out
		if err := c.Run(); err != nil {
			return fmt.Errorf("%s %s: %w", filepath.Base(name), strings.Join(args[:min(3, len(args))], " "), err)
		}
		return nil
	}
	if err := run(python, "-c", "import sys; sys.exit('%s is Python %d.%d; 3.10 or newer is needed' % ((sys.executable,) + sys.version_info[:2]) if sys.version_info < (3, 10) else 0)"); err != nil {
		return fmt.Errorf("%s cannot be used (%w); name Python 3.10 or newer with --python", python, errors.Unwrap(err))
	}
	if err := run(python, "-m", "venv", dir); err != nil {
		return fmt.Errorf("make a virtual environment: %w; on Debian, install python3-venv", err)
	}
	list := filepath.Join(dir, "requirements.txt")
	if err := vfs.ReplaceFile(list, []byte(Requirements)); err != nil {
		return err
	}
	own := pythonOf(dir)
	if err := run(own, "-m", "pip", "install", "-r", list); err != nil {
		return fmt.Errorf("install the packages: %w; run the command again to continue", err)
	}
	site, err := exec.CommandContext(ctx, own, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").Output()
	if err != nil {
		return err
	}
	return replacePackage(strings.TrimSpace(string(site)))
}
