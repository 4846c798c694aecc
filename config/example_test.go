package config_test

import (
	"fmt"

	"github.com/waveletgpt/waveletgpt/config"
)

func Example() {
	c, err := config.Preset("small")
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := c.Merge("config.toml", []byte("[model]\nlayers = 6\n")); err != nil {
		fmt.Println(err)
	}
	if err := c.Set("model.mixer=haar:min=2"); err != nil {
		fmt.Println(err)
	}
	fmt.Println(c.Model.Layers, c.Model.Mixer, c.Validate())
	fmt.Println(c.Merge("config.toml", []byte("[train]\nlearning_rate = 1e-3\n")))
	// Output:
	// 6 haar:min=2 <nil>
	// config.toml:2: unknown key train.learning_rate; did you mean train.lr?
}
