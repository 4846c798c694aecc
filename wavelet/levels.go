package wavelet

// A Level is a group of neighbouring channels, From to To-1, that look at equally
// many positions: Window, as in [Operator.Windows].
type Level struct{ Window, From, To int }

// Levels groups neighbouring channels with equal windows, in order. The levels
// cover all channels, those that pass included.
func Levels(windows []int) []Level {
	var list []Level
	for i, w := range windows {
		if i > 0 && windows[i-1] == w {
			list[len(list)-1].To++
		} else {
			list = append(list, Level{Window: w, From: i, To: i + 1})
		}
	}
	return list
}
