//go:build !noasm

package kernel

import "golang.org/x/sys/cpu"

// available lists the instruction sets that this processor has.
func available() []*vectors {
	var all []*vectors
	if x := cpu.X86; x.HasAVX512F && x.HasAVX512DQ && x.HasAVX512BW && x.HasAVX512VL && x.HasFMA {
		all = append(all, &vectors{
			name: "avx512", lanes: 16, rows: []int{12, 8, 4, 2, 1},
			product: [3][13]productKernel{
				1: {12: product12x1AVX512, 8: product8x1AVX512, 4: product4x1AVX512, 2: product2x1AVX512, 1: product1x1AVX512},
				2: {12: product12x2AVX512, 8: product8x2AVX512, 4: product4x2AVX512, 2: product2x2AVX512, 1: product1x2AVX512},
			},
			productRow: productRowAVX512, weightedSum: weightedSumAVX512,
			addRows: addRowsAVX512, scaleRows: scaleRowsAVX512,
			transpose: transposeAVX512, narrow: narrowAVX512, add: addAVX512, multiply: multiplyAVX512, sum: sumAVX512, scale: scaleAVX512, gelu: geluAVX512, geluGradient: geluGradientAVX512, adamw: adamwAVX512,
			maximum: maximumAVX512, expSum: expSumAVX512, softmaxColumns: softmaxColumnsAVX512, softmaxGradientSums: softmaxGradientSumsAVX512, softmaxGradientMasked: softmaxGradientMaskedAVX512, softmaxGradient: softmaxGradientAVX512, squares: squaresAVX512,
			layerNorm: layerNormAVX512, layerNormGradient: layerNormGradientAVX512,
			rmsNorm: rmsNormAVX512, rmsNormGradient: rmsNormGradientAVX512, relu2: relu2AVX512, relu2Gradient: relu2GradientAVX512, swiglu: swigluAVX512, swigluGradient: swigluGradientAVX512,
			rotate: rotateAVX512, rotateNorm: rotateNormAVX512, rotateNormGradient: rotateNormGradientAVX512, softCap: softCapAVX512, expTotal: expTotalAVX512, cappedGradient: cappedGradientAVX512,
		})
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		all = append(all, &vectors{
			name: "avx2", lanes: 8, rows: []int{6, 4, 2, 1},
			product: [3][13]productKernel{
				1: {6: product6x1AVX2, 4: product4x1AVX2, 2: product2x1AVX2, 1: product1x1AVX2},
				2: {6: product6x2AVX2, 4: product4x2AVX2, 2: product2x2AVX2, 1: product1x2AVX2},
			},
			productRow: productRowAVX2, weightedSum: weightedSumAVX2,
			addRows: addRowsAVX2, scaleRows: scaleRowsAVX2,
			transpose: transposeAVX2, narrow: narrowAVX2, add: addAVX2, multiply: multiplyAVX2, sum: sumAVX2, scale: scaleAVX2, gelu: geluAVX2, geluGradient: geluGradientAVX2, adamw: adamwAVX2,
			maximum: maximumAVX2, expSum: expSumAVX2, softmaxColumns: softmaxColumnsAVX2, softmaxGradientSums: softmaxGradientSumsAVX2, softmaxGradientMasked: softmaxGradientMaskedAVX2, softmaxGradient: softmaxGradientAVX2, squares: squaresAVX2,
			layerNorm: layerNormAVX2, layerNormGradient: layerNormGradientAVX2,
			rmsNorm: rmsNormAVX2, rmsNormGradient: rmsNormGradientAVX2, relu2: relu2AVX2, relu2Gradient: relu2GradientAVX2, swiglu: swigluAVX2, swigluGradient: swigluGradientAVX2,
			rotate: rotateAVX2, rotateNorm: rotateNormAVX2, rotateNormGradient: rotateNormGradientAVX2, softCap: softCapAVX2, expTotal: expTotalAVX2, cappedGradient: cappedGradientAVX2,
		})
	}
	for _, v := range all {
		v.future, v.past = triangles(v.width())
	}
	return all
}
