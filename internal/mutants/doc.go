// Command mutants checks the tests: it breaks the program in one way at a time and
// expects a test to fail each time.
//
//	go run ./internal/mutants              all mutants
//	go run ./internal/mutants -run clip    those whose names match
//	go run ./internal/mutants -quarter 1   every fourth one; 2, 3 and 4 have the rest
//
// A mutant replaces one text in one file. The go command reads the changed file
// through -overlay, so the tree is never touched. A mutant is caught if a named
// test fails. A mutant that does not compile, a text that does not occur exactly
// once, a package that fails without a failing test, tests that fail without any
// mutant and tests that do not end in time are errors in the table. What speaks
// against the tests has to happen twice: a busy machine can make a test late once.
//
// For each mutant, the table names the package whose tests must catch it and, if
// those are slow, the tests. A mutant costs the build of all packages between its
// file and that package, and the tests up to the first that fails. The report has
// the processor seconds of each; most take one to three. Add a mutant for every
// new guarantee of the program.
package main
