// Package svg draws the pictures of a report: scales with round ticks, lines, points
// and text as one SVG element, and values that show under the pointer without a
// script.
package svg
