// Package pairwise chooses combinations of parameters for tests. Most faults need one
// value or two together, so a test that sees every pair of values finds them in few
// runs.
package pairwise

// Product lists all ways to take a value of each parameter.
func Product(parameters [][]string) [][]string {
	if len(parameters) == 0 {
		return [][]string{nil}
	}
	var list [][]string
	for _, rest := range Product(parameters[1:]) {
		for _, value := range parameters[0] {
			list = append(list, append([]string{value}, rest...))
		}
	}
	return list
}

// Choose chooses rows so that each pair of values that some row has is in one of those
// chosen: the row with most new pairs, again and again.
func Choose(rows [][]string) (chosen [][]string) {
	type pair struct {
		i, j int
		a, b string
	}
	missing := map[pair]bool{}
	visit := func(row []string, see func(pair)) {
		for j := range row {
			for i := range j {
				see(pair{i, j, row[i], row[j]})
			}
		}
	}
	for _, row := range rows {
		visit(row, func(p pair) { missing[p] = true })
	}
	for len(missing) > 0 {
		best, most := 0, 0
		for i, row := range rows {
			found := 0
			visit(row, func(p pair) {
				if missing[p] {
					found++
				}
			})
			if found > most {
				best, most = i, found
			}
		}
		visit(rows[best], func(p pair) { delete(missing, p) })
		chosen = append(chosen, rows[best])
	}
	return chosen
}
