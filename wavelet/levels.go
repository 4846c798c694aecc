package wavelet

// A Level is a run of neighbouring channels [From, To) whose outputs look back on
// the same number of positions: Window of them, the present one included, or 0
// for all so far.
type Level struct {
	Window, From, To int
}

// Levels groups the channels of [Operator.Windows] into levels. Channels with a
// window of 1 pass and are in none.
func Levels(windows []int) (levels []Level) {
	for i, w := range windows {
		switch {
		case w == 1:
		case i > 0 && windows[i-1] == w:
			levels[len(levels)-1].To = i + 1
		default:
			levels = append(levels, Level{w, i, i + 1})
		}
	}
	return levels
}
