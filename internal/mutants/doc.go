// Command mutants checks the tests: it breaks the program in one named way
// after the other and demands that a test fails each time.
//
//	go run ./internal/mutants              all of them
//	go run ./internal/mutants -run clip    those whose names match
//
// A mutant replaces one text in one file. The go command sees the changed file
// through -overlay, so that the tree is never touched. A mutant is caught if a
// test fails by its name; a program that does not compile, a text that is not
// there exactly once and a package that fails without a failing test are errors
// of the table, as are tests that fail without any mutant.
//
// The table names for each mutant the packages whose tests have to catch it
// and, where those take long, which of their tests. A new promise of the program
// is a new line of the table.
package main
