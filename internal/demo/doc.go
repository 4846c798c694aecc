// Package demo makes small data by rule: stories from templates, and canons as notes
// and as sound. Everything is made from a seed, so nothing is downloaded and nobody
// else's rights are touched, and how well a model has learned the rules can be
// counted.
package demo
