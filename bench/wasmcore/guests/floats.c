/* SPDX-License-Identifier: Apache-2.0 */
/* Double precision: n rows of 400 points of the Mandelbrot set, and n * 100 steps of five bodies under gravity. */
#include "guest.h"

#define BODIES 5

struct body {
	double x, y, z, vx, vy, vz, mass;
};

static uint32_t mandelbrot(int32_t n)
{
	uint32_t inside = 0;

	for (int32_t row = 0; row < n; row++) {
		double ci = 2.4 * (row * 73 % 200) / 200 - 1.2; /* any few rows are like all */

		for (int32_t column = 0; column < 400; column++) {
			double cr = 3.0 * column / 400 - 2.0;
			double zr = 0, zi = 0;
			int32_t step = 0;

			for (; step < 50 && zr * zr + zi * zi <= 4.0; step++) {
				double next = zr * zr - zi * zi + cr;

				zi = 2 * zr * zi + ci;
				zr = next;
			}
			inside += (uint32_t)step;
		}
	}
	return inside;
}

static double gravity(int32_t steps)
{
	struct body bodies[BODIES];
	double energy = 0;

	for (int i = 0; i < BODIES; i++)
		bodies[i] = (struct body){ i * 3.5, i * i * 0.75, i * 0.125, 0.5 - i * 0.0625, i * 0.25, 0.03125 * i,
					   i ? 0.05 / i : 30.0 };
	for (int32_t step = 0; step < steps; step++) {
		for (int i = 0; i < BODIES; i++) {
			for (int j = i + 1; j < BODIES; j++) {
				struct body *a = &bodies[i], *b = &bodies[j];
				double dx = a->x - b->x, dy = a->y - b->y, dz = a->z - b->z;
				double distance2 = dx * dx + dy * dy + dz * dz + 0.01;
				double pull = 0.001 / (distance2 * __builtin_sqrt(distance2));

				a->vx -= dx * b->mass * pull;
				a->vy -= dy * b->mass * pull;
				a->vz -= dz * b->mass * pull;
				b->vx += dx * a->mass * pull;
				b->vy += dy * a->mass * pull;
				b->vz += dz * a->mass * pull;
			}
		}
		for (int i = 0; i < BODIES; i++) {
			bodies[i].x += 0.001 * bodies[i].vx;
			bodies[i].y += 0.001 * bodies[i].vy;
			bodies[i].z += 0.001 * bodies[i].vz;
		}
	}
	for (int i = 0; i < BODIES; i++)
		energy += bodies[i].mass * (bodies[i].vx * bodies[i].vx + bodies[i].vy * bodies[i].vy);
	return energy;
}

int32_t EXPORT(floats)(int32_t n)
{
	return (int32_t)(mandelbrot(n) + (uint32_t)(int32_t)(gravity(n * 100) * 1e6));
}

SMALL_RUN(floats)
