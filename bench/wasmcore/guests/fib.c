/* SPDX-License-Identifier: Apache-2.0 */
/* Calls between functions: the recursion is kept. */
#include "guest.h"

__attribute__((noinline)) int32_t EXPORT(fib)(int32_t n);

int32_t EXPORT(fib)(int32_t n)
{
#ifdef __wasm__
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
#else
	return n < 2 ? n : native_fib(n - 1) + native_fib(n - 2);
#endif
}

SMALL_RUN(fib)
