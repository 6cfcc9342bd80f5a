/* Puts numbers into a tree. */
#include <stdio.h>
#include <stdlib.h>

struct node { struct node *left, *right; long key; };

static struct node *put(struct node *node, long key) {
    if (!node) {
        node = calloc(1, sizeof *node);
        node->key = key;
    } else if (key < node->key) {
        node->left = put(node->left, key);
    } else if (key > node->key) {
        node->right = put(node->right, key);
    }
    return node;
}

static long weight(const struct node *node, int depth) {
    return node ? node->key * depth + weight(node->left, depth + 1) + weight(node->right, depth + 1) : 0;
}

static double sum(const struct node *node, long *count) {
    if (!node) return 0;
    ++*count;
    return node->key + sum(node->left, count) + sum(node->right, count);
}

int main(int number, char **arguments) {
    struct node *root = 0;
    for (int at = 1; at < number; at++) root = put(root, strtol(arguments[at], 0, 0));
    long count = 0;
    double all = sum(root, &count);
    printf("%ld %f\n", weight(root, 1), count ? all / count : 0);
    return 0;
}
