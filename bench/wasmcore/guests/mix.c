/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mix of what small embedded programs do: searching, sorting and reversing a linked list, multiplying matrices, a
 * state machine over text, a CRC over everything. n rounds.
 */
#include "guest.h"

#define NODES 250
#define SIDE 24
#define TEXT_BYTES 600

struct node {
	struct node *next;
	int16_t key;
	int16_t tag;
};

static struct node nodes[NODES];
static int16_t left[SIDE][SIDE], right[SIDE][SIDE];
static int32_t product[SIDE][SIDE];
static char text[TEXT_BYTES];

static uint16_t crc16(uint16_t crc, uint32_t value)
{
	for (int byte = 0; byte < 4; byte++, value >>= 8) {
		crc ^= (uint16_t)(value & 0xff);
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (uint16_t)(crc >> 1 ^ 0xa001) : (uint16_t)(crc >> 1);
	}
	return crc;
}

static int by_key(const struct node *a, const struct node *b)
{
	return a->key - b->key;
}

static int by_tag(const struct node *a, const struct node *b)
{
	return a->tag - b->tag;
}

/* Merge sort from the bottom up, without recursion. */
static struct node *sort(struct node *list, int (*compare)(const struct node *, const struct node *))
{
	for (int width = 1;; width *= 2) {
		struct node *rest = list, *tail = NULL;
		int merges = 0;

		list = NULL;
		while (rest) {
			struct node *a = rest, *b = rest;
			int na = 0, nb = width;

			merges++;
			while (na < width && b) {
				b = b->next;
				na++;
			}
			while (na > 0 || (nb > 0 && b)) {
				struct node *pick;

				if (na > 0 && (nb == 0 || !b || compare(a, b) <= 0)) {
					pick = a;
					a = a->next;
					na--;
				} else {
					pick = b;
					b = b->next;
					nb--;
				}
				if (tail)
					tail->next = pick;
				else
					list = pick;
				tail = pick;
			}
			rest = b;
		}
		if (tail)
			tail->next = NULL;
		if (merges <= 1)
			return list;
	}
}

static struct node *reverse(struct node *list)
{
	struct node *done = NULL;

	while (list) {
		struct node *next = list->next;

		list->next = done;
		done = list;
		list = next;
	}
	return done;
}

static uint16_t run_list(uint32_t seed, uint16_t crc)
{
	struct node *list = NULL;
	int found = 0;

	for (int i = 0; i < NODES; i++) {
		nodes[i].key = (int16_t)(next_random(&seed) & 0x7ff);
		nodes[i].tag = (int16_t)i;
		nodes[i].next = list;
		list = &nodes[i];
	}
	for (int i = 0; i < 40; i++) {
		int wanted = (int)(next_random(&seed) & 0x7ff);

		for (struct node *at = list; at; at = at->next) {
			if (at->key == wanted) {
				found += at->tag;
				break;
			}
		}
		list = reverse(list);
	}
	list = sort(list, by_key);
	for (struct node *at = list; at; at = at->next)
		crc = crc16(crc, (uint32_t)at->key);
	list = sort(list, by_tag);
	return crc16(crc, (uint32_t)(found + list->key));
}

static uint16_t run_matrix(uint32_t seed, uint16_t crc)
{
	int32_t sum = 0;

	for (int i = 0; i < SIDE; i++) {
		for (int j = 0; j < SIDE; j++) {
			left[i][j] = (int16_t)(next_random(&seed) & 0xff);
			right[i][j] = (int16_t)(seed >> 16 & 0xff);
		}
	}
	for (int i = 0; i < SIDE; i++) {
		for (int j = 0; j < SIDE; j++) {
			int32_t cell = 0;

			for (int k = 0; k < SIDE; k++)
				cell += left[i][k] * right[k][j];
			product[i][j] = cell;
		}
	}
	for (int i = 0; i < SIDE; i++)
		for (int j = 0; j < SIDE; j++)
			sum += product[i][j] > sum ? 10 : product[i][j] >> 3 & 0xf;
	return crc16(crc, (uint32_t)sum);
}

enum state { START, SIGN, DIGITS, POINT, FRACTION, EXPONENT, EXPONENT_DIGITS, WRONG, STATES };

static enum state step(enum state at, char c)
{
	int digit = c >= '0' && c <= '9';

	switch (at) {
	case START:
		return digit ? DIGITS : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : WRONG;
	case SIGN:
		return digit ? DIGITS : c == '.' ? POINT : WRONG;
	case DIGITS:
		return digit ? DIGITS : c == '.' ? FRACTION : c == 'e' ? EXPONENT : WRONG;
	case POINT:
	case FRACTION:
		return digit ? FRACTION : at == FRACTION && c == 'e' ? EXPONENT : WRONG;
	case EXPONENT:
	case EXPONENT_DIGITS:
		return digit ? EXPONENT_DIGITS : WRONG;
	default:
		return WRONG;
	}
}

static uint16_t run_machine(uint32_t seed, uint16_t crc)
{
	static const char letters[16] = "0123456789+-.e,,";
	uint32_t ends[STATES] = { 0 };
	enum state at = START;

	for (int i = 0; i < TEXT_BYTES; i++)
		text[i] = letters[next_random(&seed) >> 7 & 15];
	for (int i = 0; i < TEXT_BYTES; i++) {
		if (text[i] == ',') {
			ends[at]++;
			at = START;
		} else {
			at = step(at, text[i]);
		}
	}
	for (int i = 0; i < STATES; i++)
		crc = crc16(crc, ends[i]);
	return crc;
}

int32_t EXPORT(mix)(int32_t n)
{
	uint16_t crc = 0xffff;

	for (int32_t i = 1; i <= n; i++) {
		crc = run_list((uint32_t)i, crc);
		crc = run_matrix((uint32_t)i, crc);
		crc = run_machine((uint32_t)i, crc);
	}
	return crc;
}

SMALL_RUN(mix)
