package train

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/internal/kernel"
)

// What is counted is what a stepper allocates, with the kernels of every tier.
func TestMemory(t *testing.T) {
	changes := []func(*config.Config){
		func(c *config.Config) {},
		func(c *config.Config) { c.Train.Threads = 1 },
		func(c *config.Config) { c.Train.Threads, c.Train.Batch = 16, 5 },
		func(c *config.Config) { c.Train.Batch, c.Train.Accumulate = 1, 1 },
		func(c *config.Config) { c.Model.Layers, c.Model.Context, c.Model.Hidden = 5, 200, 50 },
		func(c *config.Config) { c.Model.Norm, c.Model.Position = "post", "rope" },
		func(c *config.Config) { c.Model.Position = "sinusoidal" },
		func(c *config.Config) { withMuon(&c.Train) },
		func(c *config.Config) { c.Model.Family = "nanochat" },
		func(c *config.Config) { c.Model.Family = "llama" },
		func(c *config.Config) {
			withMuon(&c.Train)
			c.Model.Family, c.Model.KVHeads, c.Model.Mixer = "nanochat", 1, "learned:at=block+kv+embedding"
		},
		func(c *config.Config) { withMuon(&c.Train); c.Train.Threads, c.Model.Mixer = 1, "learned" },
		func(c *config.Config) {
			withMuon(&c.Train)
			c.Train.Threads, c.Model.Layers, c.Model.Hidden = 16, 1, 30
		},
	}
	for _, mixer := range []string{
		"haar", "haar:prefix=count", "past", "window:5", "shift", "taps", "ema:linear", "learned", "learned:last=off", "conv:3", "scale", "haar:mix=gate", "conv:3:mix=add",
		"shift:at=input", "shift:at=embedding", "haar:at=k:layers=first1", "past:at=block+input+qkv+embedding:mix=gate", "learned:at=kv+embedding", "scale:at=mlp",
		"windows:1x3@2+1xctx:prefix=count:at=v:mix=add",
	} {
		changes = append(changes, func(c *config.Config) { c.Model.Mixer = mixer })
	}
	for _, tier := range kernel.Tiers() {
		restore, err := kernel.Use(tier)
		if err != nil {
			t.Fatal(err)
		}
		defer restore()
		for _, change := range changes {
			c := small(change)
			s, err := NewStepper(c, 29)
			if err != nil {
				t.Fatal(err)
			}
			var held arrays
			held.walk(reflect.ValueOf(s), map[uintptr]bool{})
			if got, err := Memory(c, 29); err != nil || got != held.bytes() {
				t.Errorf("%s, %s: %d bytes are counted, %d allocated, error %v", tier, fmt.Sprint(c.Model, c.Train.Threads), got, held.bytes(), err)
			}
		}
	}
}

func TestMemoryAllocatesLittle(t *testing.T) {
	c, err := config.Preset("paper")
	if err != nil {
		t.Fatal(err)
	}
	count := func() {
		if n, err := Memory(c, 27); err != nil || n < 100e6 {
			t.Errorf("%d bytes, error %v", n, err)
		}
	}
	result := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			count()
		}
	})
	if got := result.AllocedBytesPerOp(); got > 1e6 {
		t.Errorf("counting takes %d bytes", got)
	}
}

// arrays are the places of arrays in memory. Many are parts of others.
type arrays [][2]uintptr

// walk collects the arrays that a value leads to.
func (r *arrays) walk(v reflect.Value, seen map[uintptr]bool) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() || v.Kind() == reflect.Pointer && seen[v.Pointer()] {
			return
		}
		if v.Kind() == reflect.Pointer {
			seen[v.Pointer()] = true
		}
		r.walk(v.Elem(), seen)
	case reflect.Struct:
		for i := range v.NumField() {
			r.walk(v.Field(i), seen)
		}
	case reflect.Slice:
		element := v.Type().Elem()
		if v.Cap() > 0 {
			*r = append(*r, [2]uintptr{v.Pointer(), v.Pointer() + uintptr(v.Cap())*element.Size()})
		}
		if k := element.Kind(); k == reflect.Struct || k == reflect.Pointer || k == reflect.Slice || k == reflect.Interface {
			for i := range v.Len() {
				r.walk(v.Index(i), seen)
			}
		}
	}
}

// bytes is the size of the union.
func (r arrays) bytes() (sum int64) {
	slices.SortFunc(r, func(a, b [2]uintptr) int { return cmp.Compare(a[0], b[0]) })
	end := uintptr(0)
	for _, x := range r {
		if x[1] > end {
			sum += int64(x[1] - max(x[0], end))
			end = x[1]
		}
	}
	return sum
}
