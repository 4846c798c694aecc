package wavelet

// A Level is a group of neighbouring channels, From to To-1, with the same window:
// Window positions, as in [Operator.Windows].
type Level struct{ Window, From, To int }

// Levels groups neighbouring channels with equal windows, in order. Channels that
// pass are in levels too, with a window of 1.
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
