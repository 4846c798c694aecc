package kernel

// Tier names the set of kernels that this process runs. Results are equal to
// the bit within a tier.
func Tier() string { return "portable" }
