package report

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/dsp/fourier"
)

// A spectrogram has at most 256 frames of 512 samples in a Hann window, at least 64
// samples apart. Its shades go from a full-scale sine down to floorDB below it. Of
// two neighbouring frequencies it shows the stronger one.
const (
	frameLength = 512
	frameStep   = 64
	mostFrames  = 256
	floorDB     = -80.0
)

// spectrogram returns a PNG with time to the right and frequency upward, up to
// half the rate.
func (w wave) spectrogram() []byte {
	step := max(frameStep, (len(w.samples)+mostFrames-1)/mostFrames)
	columns := max(1, (len(w.samples)+step-1)/step)
	const rows = frameLength / 4
	picture := image.NewPaletted(image.Rect(0, 0, columns, rows), heat())
	fft := fourier.NewFFT(frameLength)
	frame := make([]float64, frameLength)
	for x := range columns {
		for i := range frame {
			frame[i] = 0
			// A frame is centred at its time. Outside the recording is silence.
			if at := x*step + i - frameLength/2; at >= 0 && at < len(w.samples) {
				frame[i] = float64(w.samples[at]) * (0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/frameLength))
			}
		}
		bins := fft.Coefficients(nil, frame)
		for f := range rows {
			const fullScale = frameLength / 4 // of a sine in this window
			level := 20 * math.Log10(max(cmplx.Abs(bins[2*f]), cmplx.Abs(bins[2*f+1]))/fullScale+1e-12)
			shade := 1 - max(level, floorDB)/floorDB
			picture.SetColorIndex(x, rows-1-f, uint8(min(shade, 1)*(shades-1)+0.5))
		}
	}
	var out bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	_ = encoder.Encode(&out, picture) // into memory
	return out.Bytes()
}

// shades is the number of colours: few, so that the picture is small.
const shades = 24

// heat goes from black over purple and orange to a light yellow.
func heat() color.Palette {
	stops := [][3]float64{{8, 6, 20}, {80, 18, 110}, {190, 55, 85}, {249, 140, 10}, {252, 250, 190}}
	palette := make(color.Palette, shades)
	for i := range palette {
		at := float64(i) / (shades - 1) * float64(len(stops)-1)
		k := min(int(at), len(stops)-2)
		mix := func(c int) uint8 { return uint8(stops[k][c] + (at-float64(k))*(stops[k+1][c]-stops[k][c])) }
		palette[i] = color.RGBA{mix(0), mix(1), mix(2), 255}
	}
	return palette
}
