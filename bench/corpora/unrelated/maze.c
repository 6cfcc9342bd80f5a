/* Finds the way through a maze. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE = 40 };
static char maze[SIDE][SIDE + 2];
static int distance[SIDE][SIDE];

static int flood(int row, int column) {
    static int queue[SIDE * SIDE][2];
    int head = 0, tail = 0;
    memset(distance, -1, sizeof distance);
    queue[tail][0] = row, queue[tail++][1] = column;
    distance[row][column] = 0;
    while (head < tail) {
        int y = queue[head][0], x = queue[head++][1];
        static const int steps[4][2] = {{0, 1}, {1, 0}, {0, -1}, {-1, 0}};
        for (int at = 0; at < 4; at++) {
            int to_y = y + steps[at][0], to_x = x + steps[at][1];
            if (to_y < 0 || to_y >= SIDE || to_x < 0 || to_x >= SIDE) continue;
            if (maze[to_y][to_x] == '#' || distance[to_y][to_x] >= 0) continue;
            distance[to_y][to_x] = distance[y][x] + 1;
            queue[tail][0] = to_y, queue[tail++][1] = to_x;
        }
    }
    return distance[SIDE - 1][SIDE - 1];
}

int main(int number, char **arguments) {
    FILE *file = number > 1 ? fopen(arguments[1], "r") : stdin;
    if (!file) return perror(arguments[1]), 1;
    for (int row = 0; row < SIDE && fgets(maze[row], sizeof maze[row], file); row++) {}
    printf("%d steps\n", flood(0, 0));
    return 0;
}
