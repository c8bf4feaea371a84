// Triangle rasteriser with a depth buffer: opaque triangles first, translucent ones blended over them in given order.
#include <math.h>
#include <stdint.h>

// position n*9 (x, y in pixels, z away from the viewer), uv n*6, light n*9, material n; per material: color m*4,
// texture m*3 (first texel, width, height; width 0 = none). pixels W*H*4 premultiplied, depth W*H.
void rasterise(int n, const float *position, const float *uv, const float *light, const int32_t *material,
               const float *color, const int32_t *texture, const uint8_t *texels, int W, int H, float *pixels,
               float *depth) {
  for (int pass = 0; pass < 2; pass++)
    for (int t = 0; t < n; t++) {
      const float *c = color + 4 * material[t];
      if ((c[3] < 0.95f) != pass) continue;
      const float *p = position + 9 * t, *q = uv + 6 * t, *l = light + 9 * t;
      float area = (p[3] - p[0]) * (p[7] - p[1]) - (p[6] - p[0]) * (p[4] - p[1]);
      if (fabsf(area) < 1e-9f) continue;
      int x0 = fmaxf(0, floorf(fminf(p[0], fminf(p[3], p[6])))), x1 = fminf(W - 1, ceilf(fmaxf(p[0], fmaxf(p[3], p[6]))));
      int y0 = fmaxf(0, floorf(fminf(p[1], fminf(p[4], p[7])))), y1 = fminf(H - 1, ceilf(fmaxf(p[1], fmaxf(p[4], p[7]))));
      const int32_t *tex = texture + 3 * material[t];
      for (int y = y0; y <= y1; y++)
        for (int x = x0; x <= x1; x++) {
          float fx = x + 0.5f, fy = y + 0.5f;
          float b = ((fx - p[0]) * (p[7] - p[1]) - (p[6] - p[0]) * (fy - p[1])) / area;
          float g = ((p[3] - p[0]) * (fy - p[1]) - (fx - p[0]) * (p[4] - p[1])) / area;
          float a = 1 - b - g;
          if (a < 0 || b < 0 || g < 0) continue;
          float z = a * p[2] + b * p[5] + g * p[8];
          float *d = depth + y * W + x, *o = pixels + 4 * (y * W + x);
          if (z >= *d) continue;
          float rgb[3] = {c[0], c[1], c[2]}, alpha = c[3];
          if (tex[1] > 0) {
            float u = a * q[0] + b * q[2] + g * q[4], v = a * q[1] + b * q[3] + g * q[5];
            int i = (u - floorf(u)) * tex[1], j = (1 - (v - floorf(v))) * tex[2];
            if (i >= tex[1]) i = tex[1] - 1;
            if (j >= tex[2]) j = tex[2] - 1;
            const uint8_t *s = texels + 4 * (tex[0] + j * tex[1] + i);
            if (s[3] < 100) continue;
            for (int k = 0; k < 3; k++) rgb[k] *= s[k] / 255.0f;
          }
          for (int k = 0; k < 3; k++) {
            float value = fminf(1, rgb[k] * (a * l[k] + b * l[3 + k] + g * l[6 + k]));
            o[k] = pass ? o[k] * (1 - alpha) + value * alpha : value;
          }
          o[3] = pass ? o[3] * (1 - alpha) + alpha : 1;
          if (!pass) *d = z;
        }
    }
}
