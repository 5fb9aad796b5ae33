/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Much malloc and free: a balanced tree (AA tree) of strings, and an array that realloc grows to some megabytes.
 * guest-args: 6000
 */
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
	struct node *left, *right;
	char *key;
	uint32_t value;
	int level;
};

static struct node *skew(struct node *n)
{
	struct node *l = n ? n->left : NULL;

	if (!l || l->level != n->level)
		return n;
	n->left = l->right;
	l->right = n;
	return l;
}

static struct node *split(struct node *n)
{
	struct node *r = n ? n->right : NULL;

	if (!r || !r->right || r->right->level != n->level)
		return n;
	n->right = r->left;
	r->left = n;
	r->level++;
	return r;
}

static void *allocate(size_t size)
{
	void *p = malloc(size);

	if (!p) {
		puts("no memory");
		exit(3);
	}
	return p;
}

static struct node *insert(struct node *n, const char *key, uint32_t value)
{
	int order;

	if (!n) {
		n = allocate(sizeof(*n));
		*n = (struct node){ .key = allocate(strlen(key) + 1), .value = value, .level = 1 };
		strcpy(n->key, key);
		return n;
	}
	order = strcmp(key, n->key);
	if (order < 0)
		n->left = insert(n->left, key, value);
	else if (order > 0)
		n->right = insert(n->right, key, value);
	else
		n->value += value;
	return split(skew(n));
}

static struct node *take_smallest(struct node *n, struct node **taken)
{
	if (!n->left) {
		struct node *right = n->right;

		*taken = n;
		return right;
	}
	n->left = take_smallest(n->left, taken);
	return n;
}

static int depth(const struct node *n)
{
	int l, r;

	if (!n)
		return 0;
	l = depth(n->left);
	r = depth(n->right);
	return 1 + (l > r ? l : r);
}

static uint32_t digest(const struct node *n, uint32_t hash)
{
	if (!n)
		return hash;
	hash = digest(n->left, hash);
	for (const char *c = n->key; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619u;
	return digest(n->right, hash ^ n->value);
}

int main(int argc, char **argv)
{
	int count = argc > 1 ? atoi(argv[1]) : 1000;
	struct node *root = NULL;
	uint32_t seed = 99, *array = NULL, total = 0;
	size_t room = 0, used = 0;

	for (int i = 0; i < count; i++) {
		char key[40];

		seed = seed * 1103515245u + 12345u;
		snprintf(key, sizeof(key), "key-%" PRIu32 "-%.*s", seed >> 18, (int)(seed >> 10 & 15), "abcdefghijklmnopq");
		root = insert(root, key, (uint32_t)i);
	}
	printf("digest %08" PRIx32 ", depth at most %s\n", digest(root, 2166136261u), depth(root) <= 28 ? "28" : "more than 28");
	for (int i = 0; root && i < count / 2; i++) {
		struct node *n = NULL;

		root = take_smallest(root, &n);
		total += n->value;
		free(n->key);
		free(n);
	}
	printf("taken %" PRIu32 ", left %08" PRIx32 "\n", total, digest(root, 2166136261u));
	for (uint32_t i = 0; i < 1000000; i++) {
		if (used == room) {
			room = room ? room * 2 : 16;
			array = realloc(array, room * sizeof(*array));
			if (!array)
				return 3;
		}
		array[used++] = i * 2654435761u;
	}
	total = 0;
	for (size_t i = 0; i < used; i += 1001)
		total ^= array[i];
	printf("array %" PRIu32 " of %d\n", total, (int)used);
	free(array);
	array = calloc(50000, sizeof(*array));
	for (int i = 0; array && i < 50000; i++)
		if (array[i])
			return 4;
	free(array);
	return 0;
}
