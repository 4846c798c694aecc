package compare

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/waveletgpt/waveletgpt/config"
	"github.com/waveletgpt/waveletgpt/train"
)

// trainingMemory counts the bytes of all arrays that training a configuration
// holds: parameters, gradients, moments and the activations of every thread. It
// allocates them once.
func trainingMemory(c config.Config, vocabulary int) (int64, error) {
	s, err := train.NewStepper(c, vocabulary)
	if err != nil {
		return 0, err
	}
	var arrays ranges
	arrays.walk(reflect.ValueOf(s), map[uintptr]bool{})
	return arrays.bytes(), nil
}

// ranges are the places of arrays in memory. Many are parts of others.
type ranges [][2]uintptr

// walk collects the arrays that a value leads to.
func (r *ranges) walk(v reflect.Value, seen map[uintptr]bool) {
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
func (r ranges) bytes() (sum int64) {
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
