package compare

import (
	"testing"

	"github.com/waveletgpt/waveletgpt/gpt"
)

// What is counted holds the parameters, their gradients and two moments at least,
// the same every time, and grows with the model.
func TestTrainingMemory(t *testing.T) {
	c := tinyConfig(t)
	c.Train.Threads = 1
	m, err := gpt.New(gpt.Config{Model: c.Model, Vocabulary: 50})
	if err != nil {
		t.Fatal(err)
	}
	small, err := trainingMemory(c, 50)
	if err != nil {
		t.Fatal(err)
	}
	if least := int64(4 * 4 * m.Parameters()); small < least || small > 20*least {
		t.Errorf("%d bytes for %d parameters", small, m.Parameters())
	}
	if again, err := trainingMemory(c, 50); err != nil || again != small {
		t.Errorf("%d bytes, then %d, %v", small, again, err)
	}
	c.Model.Layers++
	if more, err := trainingMemory(c, 50); err != nil || more <= small {
		t.Errorf("%d bytes with a layer more, %d without, %v", more, small, err)
	}
}
