package kernel

import (
	"fmt"
	"math"
	"math/cmplx"
	"slices"
	"testing"
)

// headSizes are below, at and above the vectors of all tiers.
var headSizes = []int{2, 4, 6, 8, 10, 14, 16, 18, 24, 30, 32, 34, 48, 62, 64, 66, 96, 128, 130}

// angles are cosines and sines of size/2 angles.
func angles(seed uint64, size int) (cos, sin []float32) {
	for _, v := range random(seed, size/2) {
		cos = append(cos, float32(math.Cos(3*float64(v))))
		sin = append(sin, float32(math.Sin(3*float64(v))))
	}
	return cos, sin
}

// rotated is the rotation of one head, in complex numbers.
func rotated(x []float64, cos, sin []float32, direction float32) []float64 {
	half := len(cos)
	y := make([]float64, len(x))
	for i := range half {
		turn := complex(float64(cos[i]), float64(direction)*float64(sin[i]))
		z := complex(x[i], x[i+half]) * turn
		y[i], y[i+half] = real(z), imag(z)
	}
	return y
}

// The rotation gives the bits of the loop that models with model.position = rope were
// trained with, in every tier. Their published losses depend on it.
func TestRotateHasTheBitsOfTheLoop(t *testing.T) { eachTier(t, checkRotate) }

func checkRotate(t *testing.T) {
	loop := func(row, cos, sin []float32, heads, size int, direction float32) {
		half := size / 2
		for h := range heads {
			a, b := row[h*size:][:half], row[h*size+half:][:half]
			for i, c := range cos {
				s := direction * sin[i]
				u, v := a[i], b[i]
				a[i] = float32(u*c) - float32(v*s)
				b[i] = float32(v*c) + float32(u*s)
			}
		}
	}
	for _, size := range headSizes {
		for heads := range 5 {
			for _, direction := range []float32{1, -1} {
				cos, sin := angles(uint64(size), size)
				x := random(uint64(heads), heads*size)
				if len(x) > 0 {
					x[len(x)/2] = 0
				}
				got, check := output(t, len(x))
				copy(got, x)
				want := slices.Clone(x)
				loop(want, cos, sin, heads, size, direction)
				Rotate(got, cos, sin, heads, size, direction)
				check()
				sameBits(t, fmt.Sprintf("%d heads of %d", heads, size), got, want)
				for h := range heads {
					near(t, "rotation", got[h*size:], rotated(float64s(x[h*size:(h+1)*size]), cos, sin, direction), 1e-6)
				}
				Rotate(got, cos, sin, heads, size, -direction)
				near(t, "rotation and back", got, float64s(x), 1e-6)
			}
		}
	}
}

func TestRotateNorm(t *testing.T) { eachTier(t, checkRotateNorm) }

func checkRotateNorm(t *testing.T) {
	const heads, epsilon = 3, 1e-2
	for _, size := range headSizes {
		for _, direction := range []float32{1, -1} {
			cos, sin := angles(uint64(size), size)
			x, dy := random(1, heads*size), random(2, heads*size)
			forward := func(x []float64) []float64 {
				y, squares := rotated(x, cos, sin, direction), 0.0
				for _, v := range y {
					squares += v * v
				}
				for i := range y {
					y[i] /= math.Sqrt(squares/float64(size) + epsilon)
				}
				return y
			}
			var y64, dx64 []float64
			for h := range heads {
				at := float64s(x[h*size : (h+1)*size])
				y64 = append(y64, forward(at)...)
				dx64 = append(dx64, slopes(forward, at, dy[h*size:])...)
			}
			y, checkY := output(t, len(x))
			copy(y, x)
			rstd, checkRstd := output(t, heads)
			RotateNorm(y, rstd, cos, sin, heads, size, epsilon, direction)
			checkY()
			checkRstd()
			near(t, "y", y, y64, 1e-5)
			dx, checkX := output(t, len(x))
			copy(dx, dy)
			RotateNormGradient(dx, y, rstd, cos, sin, heads, size, direction)
			checkX()
			near(t, "dx", dx, dx64, 1e-4)
		}
	}
}

// The sign of the sine is nanochat's with direction -1 and Llama's with 1: their
// rotate_half gives (x2, -x1) and (-x2, x1).
func TestRotateDirections(t *testing.T) {
	angle := 0.3
	cos, sin := []float32{float32(math.Cos(angle))}, []float32{float32(math.Sin(angle))}
	for direction, want := range map[float32]complex128{1: cmplx.Exp(complex(0, angle)), -1: cmplx.Exp(complex(0, -angle))} {
		row := []float32{1, 0}
		Rotate(row, cos, sin, 1, 2, direction)
		near(t, "row", row, []float64{real(want), imag(want)}, 1e-6)
	}
}

// FuzzHeads compares the kernels over heads of every tier with the portable ones,
// wherever the row begins.
func FuzzHeads(f *testing.F) {
	f.Add(uint8(3), uint8(8), uint8(1), uint64(1))
	f.Add(uint8(1), uint8(1), uint8(0), uint64(2))
	f.Add(uint8(2), uint8(40), uint8(5), uint64(3))
	f.Fuzz(func(t *testing.T, heads, pairs, offset uint8, seed uint64) {
		H, size, from := int(heads%9), 2*(int(pairs%70)+1), int(offset%16)
		cos, sin := angles(seed, size)
		direction := float32(1)
		if seed%2 == 1 {
			direction = -1
		}
		var want [][]float32
		for i := len(Tiers()) - 1; i >= 0; i-- { // the portable one first
			restore, err := Use(Tiers()[i])
			if err != nil {
				t.Fatal(err)
			}
			values := random(seed+1, 3*H*size+1)
			got, parts := arrays(3, H*size, from, func(i int) float32 { return values[i%len(values)] })
			wholeRstd, rstd := arrays(1, H, from, func(i int) float32 { return 0 })
			got = append(got, wholeRstd...)
			Rotate(parts[0], cos, sin, H, size, direction)
			RotateNorm(parts[1], rstd[0], cos, sin, H, size, 1e-6, direction)
			RotateNormGradient(parts[2], parts[1], rstd[0], cos, sin, H, size, direction)
			if want == nil {
				want = got
			}
			sameBits(t, Tiers()[i]+", rotated", got[0], want[0])
			for a := range got {
				for j := range got[a] {
					if !close32(float64(got[a][j]), float64(want[a][j]), 100) {
						t.Fatalf("%s, %d heads of %d, array %d: element %d is %v, portable %v", Tiers()[i], H, size, a, j, got[a][j], want[a][j])
					}
				}
			}
			restore()
		}
	})
}
