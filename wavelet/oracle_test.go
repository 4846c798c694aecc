package wavelet

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/waveletgpt/waveletgpt/internal/oracle"
)

// The operators against PyTorch's convolutions of the defining kernels, and
// learned kernels in the order in which this package stores them.
func TestOracle(t *testing.T) {
	for _, c := range oracle.Operators(t) {
		t.Run(c.Case+"/"+c.Spec, func(t *testing.T) {
			s, err := Parse(c.Spec)
			if err != nil {
				t.Fatal(err)
			}
			o := s.New(c.E, c.L)
			y, dx := make([]float32, len(c.X)), make([]float32, len(c.X))
			dweight := make([]float32, len(c.Weight))
			o.Forward(y, c.X, c.Weight, c.T)
			o.Backward(dx, dweight, c.DY, c.X, c.Weight, c.T)
			oracle.Compare(t, "y", y, c.Y, 1e-6)
			oracle.Compare(t, "dx", dx, c.DX, 1e-6)
			oracle.Compare(t, "dweight", dweight, c.DWeight, 1e-6)
			if (o.ParamShape() != nil) != (c.Weight != nil) {
				t.Errorf("parameters %v, the fixture has %d weights", o.ParamShape(), len(c.Weight))
			}
			if c.Windows != nil {
				var windows []int64
				for _, w := range o.Windows() {
					windows = append(windows, int64(w))
				}
				if diff := cmp.Diff(c.Windows, windows); diff != "" {
					t.Errorf("windows (-want +got):\n%s", diff)
				}
			}
		})
	}
}
