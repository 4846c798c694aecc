package kernel

import "math"

// AdamWStep holds the numbers of one AdamW update (Loshchilov and Hutter,
// "Decoupled Weight Decay Regularization"; the order of operations is
// torch.optim.AdamW's).
type AdamWStep struct {
	Beta1, Beta2, Epsilon float32
	Rate                  float32 // lr / (1 - beta1^t)
	Root                  float32 // 1 / sqrt(1 - beta2^t)
	Decay                 float32 // lr * weight decay
	Scale                 float32 // of the gradient: below 1 where it is clipped
}

// AdamW computes, for every i of p,
//
//	g    = Scale grad[i]
//	p[i] = p[i] - Decay p[i]
//	m[i] = Beta1 m[i] + (1-Beta1) g
//	v[i] = Beta2 v[i] + (1-Beta2) g^2
//	p[i] = p[i] - Rate m[i] / (sqrt(v[i]) Root + Epsilon)
func AdamW(p, m, v, grad []float32, s AdamWStep) {
	m, v, grad = m[:len(p)], v[:len(p)], grad[:len(p)]
	if active != nil && len(p) > 0 {
		active.adamw(&p[0], &m[0], &v[0], &grad[0], len(p),
			s.Beta1, 1-s.Beta1, s.Beta2, 1-s.Beta2, s.Epsilon, s.Rate, s.Root, s.Decay, s.Scale)
		return
	}
	for i, g := range grad {
		g *= s.Scale
		w := p[i] - float32(s.Decay*p[i])
		m[i] = float32(s.Beta1*m[i]) + float32((1-s.Beta1)*g)
		v[i] = float32(s.Beta2*v[i]) + float32((1-s.Beta2)*float32(g*g))
		root := float32(math.Sqrt(float64(v[i])))
		p[i] = w - float32(s.Rate*m[i])/(float32(root*s.Root)+s.Epsilon)
	}
}
