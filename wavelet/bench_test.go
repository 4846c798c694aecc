package wavelet

import "testing"

// One sequence of the paper's configuration, 512 positions of 128 channels, and one
// token of it.
func BenchmarkOperator(b *testing.B) {
	const E, T = 128, 512
	for _, spec := range []string{"shift", "haar", "past", "dyadic", "taps", "window:16", "haar:prefix=count", "haar:detail=on", "past:mix=add", "past:mix=gate", "scale", "conv:4"} {
		s, err := Parse(spec)
		if err != nil {
			b.Fatal(err)
		}
		o := s.New(E, T)
		x, y, dx, params := normal(1, T*E), make([]float32, T*E), make([]float32, T*E), normal(3, size(o.ParamShape()))
		dparams := make([]float32, len(params))
		b.Run(spec+"/forward", func(b *testing.B) {
			for b.Loop() {
				o.Forward(y, x, params, T)
			}
		})
		b.Run(spec+"/backward", func(b *testing.B) {
			for b.Loop() {
				o.Backward(dx, dparams, y, x, params, T)
			}
		})
		b.Run(spec+"/step", func(b *testing.B) {
			state := o.NewState()
			for b.Loop() {
				state.Step(y, x, params)
			}
		})
	}
}
