package train

import (
	"unsafe"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/gpt"
)

// Memory returns the bytes of all arrays that training a configuration holds:
// parameters, gradients, the state of the optimizers, the activations of every thread
// and the windows of a step. It computes their sizes without allocating them. Of the
// gradients, a machine holds only those of the lanes that threads have at the same time.
func Memory(c config.Config, vocabulary int) (int64, error) {
	m, err := gpt.Outline(gpt.Config{Model: c.Model, Vocabulary: vocabulary})
	if err != nil {
		return 0, err
	}
	model, workspace := m.Memory()
	lanes := lanesOf(c.Train)
	const slice, pointer = int64(unsafe.Sizeof([]float32{})), int64(unsafe.Sizeof(m))
	window := 2 * int64(c.Model.Context+1)
	return model + divide(c.Train, m).memory(threadCount(c.Train.Threads)) +
		lanesMemory(lanes, m) +
		int64(min(threadCount(c.Train.Threads), workspaces(lanes)))*(pointer+workspace) +
		int64(c.Train.Batch*c.Train.Accumulate)*(slice+window), nil
}
