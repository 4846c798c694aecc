package cli

import (
	"cmp"
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/waveletgpt/waveletgpt/internal/kernel"
	"github.com/waveletgpt/waveletgpt/internal/machine"
)

func (a *App) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Long: `Print the version and commit that the program was built from, the version of
Go, the platform, and the kernels that this processor runs: avx512, avx2 or
portable.`,
		Example: `  waveletgpt version --json`,
		Args:    noArgs,
		RunE:    func(*cobra.Command, []string) error { return a.printVersion() },
	}
}

func (a *App) printVersion() error {
	version, commit := machine.Build()
	if a.json {
		return a.printJSON(struct {
			Version  string `json:"version"`
			Commit   string `json:"commit"` // empty if the build does not say
			Go       string `json:"go"`
			Platform string `json:"platform"`
			Kernels  string `json:"kernels"`
		}{version, commit, runtime.Version(), runtime.GOOS + "/" + runtime.GOARCH, kernel.Tier()})
	}
	_, err := fmt.Fprintf(a.Stdout, "waveletgpt %s, commit %s, %s, %s/%s, %s kernels\n",
		cmp.Or(version, "(devel)"), cmp.Or(commit, "unknown"), runtime.Version(), runtime.GOOS, runtime.GOARCH, kernel.Tier())
	return err
}
