/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An interpreter in the interpreter: a loop with a large switch, calls through a table of functions, deep recursion.
 * guest-args: 2000 24
 * guest-exit: 7
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum op { PUSH, DUP, SWAP, DROP, ADD, SUB, MUL, MOD, LESS, JUMP, JUMP_IF, LOAD, STORE, CALL_C, PRINT, HALT };

#define STACK 64
#define CELLS 4096

struct machine {
	const int32_t *code;
	int32_t at;
	int32_t stack[STACK];
	int top;
	int32_t cells[CELLS];
	long steps;
};

static int32_t triangle(int32_t n)
{
	return n * (n + 1) / 2;
}

static int32_t collatz(int32_t n)
{
	int32_t steps = 0;

	for (; n != 1; steps++)
		n = n % 2 ? 3 * n + 1 : n / 2;
	return steps;
}

static int32_t reversed(int32_t n)
{
	int32_t out = 0;

	for (; n; n /= 10)
		out = out * 10 + n % 10;
	return out;
}

static int32_t (*const helpers[])(int32_t) = { triangle, collatz, reversed };

static int run(struct machine *m)
{
	int32_t a, b;

	for (;;) {
		m->steps++;
		switch ((enum op)m->code[m->at++]) {
		case PUSH:
			m->stack[m->top++] = m->code[m->at++];
			break;
		case DUP:
			m->stack[m->top] = m->stack[m->top - 1];
			m->top++;
			break;
		case SWAP:
			a = m->stack[m->top - 1];
			m->stack[m->top - 1] = m->stack[m->top - 2];
			m->stack[m->top - 2] = a;
			break;
		case DROP:
			m->top--;
			break;
		case ADD:
			b = m->stack[--m->top];
			m->stack[m->top - 1] += b;
			break;
		case SUB:
			b = m->stack[--m->top];
			m->stack[m->top - 1] -= b;
			break;
		case MUL:
			b = m->stack[--m->top];
			m->stack[m->top - 1] = (int32_t)((uint32_t)m->stack[m->top - 1] * (uint32_t)b);
			break;
		case MOD:
			b = m->stack[--m->top];
			if (!b)
				return -1;
			m->stack[m->top - 1] %= b;
			break;
		case LESS:
			b = m->stack[--m->top];
			m->stack[m->top - 1] = m->stack[m->top - 1] < b;
			break;
		case JUMP:
			m->at = m->code[m->at];
			break;
		case JUMP_IF:
			m->at = m->stack[--m->top] ? m->code[m->at] : m->at + 1;
			break;
		case LOAD:
			m->stack[m->top - 1] = m->cells[(uint32_t)m->stack[m->top - 1] % CELLS];
			break;
		case STORE:
			a = m->stack[--m->top];
			m->cells[(uint32_t)a % CELLS] = m->stack[--m->top];
			break;
		case CALL_C:
			a = m->code[m->at++];
			if ((uint32_t)a >= sizeof(helpers) / sizeof(*helpers))
				return -2;
			m->stack[m->top - 1] = helpers[a](m->stack[m->top - 1]);
			break;
		case PRINT:
			printf("%d\n", (int)m->stack[--m->top]);
			break;
		case HALT:
			return m->stack[m->top - 1];
		}
	}
}

static int32_t ackermann(int32_t m, int32_t n)
{
	return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static int32_t __attribute__((noinline)) fib(int32_t n)
{
	return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

int main(int argc, char **argv)
{
	int32_t limit = argc > 1 ? atoi(argv[1]) : 100;
	/* cell 0: the sum of all collatz(i) modulo 10007 for 0 < i < limit; prints helpers on the way */
	const int32_t sums[] = {
		/*  0 */ PUSH, 0, PUSH, 0, STORE,
		/*  5 */ PUSH, 1,
		/*  7 */ DUP, PUSH, limit, LESS, JUMP_IF, 16, JUMP, 40, HALT,
		/* 16 */ DUP, CALL_C, 1, PUSH, 0, LOAD, ADD, PUSH, 10007, MOD, PUSH, 0, STORE,
		/* 29 */ PUSH, 1, ADD, JUMP, 7, HALT, HALT, HALT, HALT, HALT, HALT,
		/* 40 */ PRINT, PUSH, 0, LOAD, PRINT, PUSH, 12345, CALL_C, 2, PRINT, PUSH, 300, CALL_C, 0, PRINT, PUSH, 7, HALT,
	};
	struct machine *m = calloc(1, sizeof(*m));
	int result;

	if (!m)
		return 1;
	m->code = sums;
	result = run(m);
	printf("result %d after %ld steps\n", result, m->steps);
	free(m);
	printf("ackermann %d, fib %d\n", (int)ackermann(2, 300), (int)fib(argc > 2 ? atoi(argv[2]) : 10));
	return result;
}
