package train

import (
	"slices"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
)

// A stepper does the work of training: weights change, and to the same values
// whatever the threads.
func TestStepper(t *testing.T) {
	c, err := config.Preset("tiny")
	if err != nil {
		t.Fatal(err)
	}
	c.Train.Batch, c.Train.Accumulate, c.Train.Threads = 3, 2, 2
	var steppers [2]*Stepper
	for i := range steppers {
		if steppers[i], err = NewStepper(c, 27); err != nil {
			t.Fatal(err)
		}
	}
	start := slices.Clone(steppers[0].Model().Params)
	for range 3 {
		steppers[0].Step(1)
		steppers[1].Step(2)
	}
	one, two := steppers[0].Model(), steppers[1].Model()
	if !slices.Equal(one.Params, two.Params) || slices.Equal(one.Params, start) {
		t.Error("steps with one and two threads leave other weights, or none at all")
	}
	if got := steppers[0].Lanes(); got != 6 {
		t.Errorf("%d gradients of six sequences", got)
	}
}

func TestStepperOfNoModel(t *testing.T) {
	c, err := config.Preset("tiny")
	if err != nil {
		t.Fatal(err)
	}
	c.Model.Heads = 5
	if _, err := NewStepper(c, 27); err == nil {
		t.Error("there is a stepper of a model that cannot be")
	}
}
