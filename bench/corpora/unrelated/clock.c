/* Prints the dates of the next full weeks, and how many seconds there are until each. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int leap(int y) { return (y % 4 == 0 && y % 100) || y % 400 == 0; }

static int days_of(int year, int month) {
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month] + (month == 1 && leap(year));
}

int main(int argc, char **argv) {
    time_t now = time(NULL);
    struct tm at = *localtime(&now);
    int weeks = argc > 1 ? atoi(argv[1]) : 4;
    char text[64];
    for (int week = 0; week < weeks; week++) {
        at.tm_mday += 7;
        while (at.tm_mday > days_of(at.tm_year + 1900, at.tm_mon)) {
            at.tm_mday -= days_of(at.tm_year + 1900, at.tm_mon);
            if (++at.tm_mon == 12) at.tm_mon = 0, at.tm_year++;
        }
        struct tm copy = at;
        strftime(text, sizeof text, "%A %d %B %Y", &copy);
        printf("%s in %.0f s\n", text, difftime(mktime(&copy), now));
    }
    return 0;
}
