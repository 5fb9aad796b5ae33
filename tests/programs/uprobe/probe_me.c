/* What the tests of uprobes probe: probe_me N calls each function once, with N. */
#include <stdlib.h>
#include <unistd.h>

#include "../../data/usdt_probe.h"

USDT_SEMAPHORE(probe_me_called_semaphore);

__attribute__((noinline)) int probe_one(int number)
{
	__asm__ __volatile__("");
	return number + 1;
}

__attribute__((noinline)) int probe_two(int number)
{
	__asm__ __volatile__("");
	return number + 2;
}

int main(int count, char **words)
{
	int number = count > 1 ? atoi(words[1]) : 0;
	int sum = probe_one(number) + probe_two(number);

	USDT_PROBE(probe_me, called, probe_me_called_semaphore, number, (long)number << 33);
	getpgid(number); /* a function of libc */
	return sum != 2 * number + 3;
}
