/** Mean of R, G, B in [0, 1] over ImageNet, as in torchvision.transforms: networks of LPIPS take (x − mean) / std. */
export const IMAGENET_MEAN: readonly [number, number, number] = [0.485, 0.456, 0.406];

/** Standard deviation of R, G, B in [0, 1] over ImageNet, likewise. */
export const IMAGENET_STD: readonly [number, number, number] = [0.229, 0.224, 0.225];
