package kernel

// SwiGLU computes the gated unit of Shazeer, "GLU Variants Improve Transformer" (2020),
// with the gate SiLU:
//
//	y[i] = gate[i] s up[i],  s = 1 / (1 + exp(-gate[i]))
//
// y may be the same as gate or up.
func SwiGLU(y, gate, up []float32) {
	gate, up = gate[:len(y)], up[:len(y)]
	if active != nil && len(y) > 0 {
		active.swiglu(&y[0], &gate[0], &up[0], len(y))
		return
	}
	for i, v := range gate {
		y[i] = v * sigmoid(v) * up[i]
	}
}

func sigmoid(v float32) float32 { return 1 / (1 + Exp(-v)) }

// SwiGLUGradient multiplies by the derivatives of SwiGLU. It also computes
// y = SwiGLU(gate, up) again, which adds little time:
//
//	dgate[i] = dy[i] up[i] (s + gate[i] s (1-s))
//	dup[i]   = dy[i] gate[i] s
//	y[i]     = gate[i] s up[i],  s = 1 / (1 + exp(-gate[i]))
//
// One of dgate and dup may be the same as dy.
func SwiGLUGradient(dgate, dup, y, dy, gate, up []float32) {
	dup, y, dy = dup[:len(dgate)], y[:len(dgate)], dy[:len(dgate)]
	gate, up = gate[:len(dgate)], up[:len(dgate)]
	if active != nil && len(dgate) > 0 {
		active.swigluGradient(&dgate[0], &dup[0], &y[0], &dy[0], &gate[0], &up[0], len(dgate))
		return
	}
	for i, v := range gate {
		d, u, s := dy[i], up[i], sigmoid(v)
		silu := v * s
		y[i] = silu * u
		dup[i] = d * silu
		dgate[i] = d * u * (s + float32(silu*(1-s)))
	}
}
