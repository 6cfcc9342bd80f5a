/* Flag semaphore and heliograph: texts to arm positions and flashes, and back; a noisy channel with repeats. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>
int use_libraries(int); int use_report(int);
typedef struct { unsigned char left, right; } Arms;
typedef struct { Arms arms[512]; int count, numbers; } Message;
static const char LETTERS[] = "ABCDEFGHIKLMNOPQRSTUYVWXZ";
unsigned arms_code(Arms a) { return a.left < a.right ? a.left * 8 + a.right : a.right * 8 + a.left; }
Arms arms_of(int letter) { static const unsigned char pair[] = {012,013,014,015,016,017,010,023,024,020,034,035,036,037,030,045,046,047,040,056,057,050,067,060,070}; const char *at = strchr(LETTERS, letter == 'J' ? 'I' : letter); Arms arms = {0, 0}; if (letter && at) { unsigned p = pair[at - LETTERS]; arms.left = p >> 3; arms.right = p & 7; } return arms; }
int letter_of(Arms arms) { for (int i = 0; LETTERS[i]; i++) if (arms_code(arms_of(LETTERS[i])) == arms_code(arms)) return LETTERS[i]; return '?'; }
int push(Message *m, Arms arms) { if (m->count >= 512) return 0; m->arms[m->count++] = arms; return 1; }
int shift_numbers(Message *m, int on) { if (m->numbers == on) return 1; m->numbers = on; return push(m, on ? (Arms){4, 5} : (Arms){2, 6}); }
int encode_char(Message *m, int c) { if (isdigit(c)) return shift_numbers(m, 1) && push(m, arms_of(c == '0' ? 'K' : 'A' + c - '1')); if (isalpha(c)) return shift_numbers(m, 0) && push(m, arms_of(toupper(c))); return c == ' ' ? push(m, (Arms){0, 0}) : 0; }
int encode(Message *m, const char *text) { int lost = 0; memset(m, 0, sizeof *m); for (; *text; text++) lost += !encode_char(m, (unsigned char)*text); return lost; }
int decode(const Message *m, char *out, int room) { int at = 0, numbers = 0; for (int i = 0; i < m->count && at < room - 1; i++) { unsigned code = arms_code(m->arms[i]); if (code == 045) numbers = 1; else if (code == 026) numbers = 0; else if (!code) out[at++] = ' '; else { int c = letter_of(m->arms[i]); out[at++] = numbers ? c == 'K' ? '0' : '1' + c - 'A' : c; } } out[at] = 0; return at; }
static unsigned noise_state = 2463534242u;
unsigned noise(void) { noise_state ^= noise_state << 13; noise_state ^= noise_state >> 17; noise_state ^= noise_state << 5; return noise_state; }
int smear(Message *m, int percent) { int hits = 0; for (int i = 0; i < m->count; i++) if (noise() % 100 < (unsigned)percent) { if (noise() & 1) m->arms[i].left = (m->arms[i].left + 1) & 7; else m->arms[i].right = (m->arms[i].right + 7) & 7; hits++; } return hits; }
void vote(const Message *copies, int count, Message *out) { *out = copies[0]; for (int i = 0; i < out->count; i++) { int best = 0; for (int c = 0; c < count; c++) { int same = 0; for (int d = 0; d < count; d++) same += arms_code(copies[c].arms[i]) == arms_code(copies[d].arms[i]); if (same > best) { best = same; out->arms[i] = copies[c].arms[i]; } } } }
int errors_between(const char *a, const char *b) { int wrong = 0; while (*a && *b) wrong += *a++ != *b++; return wrong + (int)strlen(a) + (int)strlen(b); }
void draw_arm(char grid[5][11], int arm, int is_right) { static const signed char dx[] = {0,-1,-1,-1,0,1,1,1}, dy[] = {1,1,0,-1,-1,-1,0,1}; for (int step = 1; step <= 2; step++) { int x = 5 + dx[arm & 7] * step * 2, y = 2 + dy[arm & 7] * step; if (x >= 0 && x < 11 && y >= 0 && y < 5) grid[y][x] = is_right ? '/' : '\\'; } }
void draw(Arms arms) { char grid[5][11]; memset(grid, ' ', sizeof grid); grid[2][5] = 'o'; draw_arm(grid, arms.left, 0); draw_arm(grid, arms.right, 1); for (int y = 0; y < 5; y++) printf("%.11s\n", grid[y]); putchar('\n'); }
int flash_units(Arms arms) { int units = 2; for (unsigned code = arms_code(arms); code; code >>= 1) units += code & 1 ? 3 : 1; return units; }
int flash_line(const Message *m, char *out, int room) { int at = 0; for (int i = 0; i < m->count; i++) for (unsigned bit = 32; bit && at < room - 2; bit >>= 1) out[at++] = arms_code(m->arms[i]) & bit ? '-' : '.'; out[at] = 0; return at; }
double seconds_of(const Message *m, double unit) { double sum = 0; for (int i = 0; i < m->count; i++) sum += flash_units(m->arms[i]) * unit; return sum; }
int count_turns(const Message *m) { int turns = 0; for (int i = 1; i < m->count; i++) turns += abs(m->arms[i].left - m->arms[i - 1].left) + abs(m->arms[i].right - m->arms[i - 1].right); return turns; }
void cipher(char *text, const char *key) { size_t length = strlen(key), at = 0; if (!length) return; for (; *text; text++) if (isalpha((unsigned char)*text)) *text = 'A' + (toupper((unsigned char)*text) - 'A' + toupper((unsigned char)key[at++ % length]) - 'A' + 26) % 26; }
int show_message(const Message *m, const char *unused) { (void)unused; for (int i = 0; i < m->count; i++) draw(m->arms[i]); return m->count; }
int show_flashes(const Message *m, const char *unused) { char line[4096]; (void)unused; int count = flash_line(m, line, sizeof line); printf("%s\n%.1f s, %d turns\n", line, seconds_of(m, 0.3), count_turns(m)); return count; }
int show_noise(const Message *m, const char *text) { static Message copies[5]; Message out; char back[520]; for (int i = 0; i < 5; i++) { copies[i] = *m; smear(&copies[i], 12); } vote(copies, 5, &out); decode(&out, back, sizeof back); printf("%s\n%d errors\n", back, errors_between(back, text)); return 1; }
int main(int argc, char **argv) { static Message m; static int (*const shows[])(const Message *, const char *) = {show_message, show_flashes, show_noise}; char text[400]; while (fgets(text, sizeof text, stdin)) { text[strcspn(text, "\r\n")] = 0; if (argc > 2) cipher(text, argv[2]); int lost = encode(&m, text); if (lost) fprintf(stderr, "%d signs have no position\n", lost); shows[argc > 1 ? (unsigned)atoi(argv[1]) % 3 : 0](&m, text); } return use_libraries(argc) + use_report(argc); }
