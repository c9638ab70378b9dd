/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "config-text.h"

#include <string.h>

/* One letter a line: b(lank) c(omment) s(ection) a(ssignment) o(ther); "+" where it is open. */
static char *kinds(const GPtrArray *lines)
{
    GString *word = g_string_new(NULL);

    for (guint i = 0; i < lines->len; i++) {
        const MpLine *line = lines->pdata[i];

        g_string_append_c(word, "bcsao"[line->kind]);
        if (line->open)
            g_string_append_c(word, '+');
    }
    return g_string_free(word, FALSE);
}

static void test_kinds(void)
{
    static const struct {
        const char *text, *kinds;
    } cases[] = {
        {"", ""},
        {"\n", "b"},
        {" \t \n\r\n", "bb"},
        {"# a\n; b\n  # c\n", "ccc"},
        {"#a\\\nB=c\n", "ca"},
        {"[A]\n[ A ]\n  [A]  \n", "sss"},
        {"[A\nA]\n[]\n[A]x\n", "ooso"},
        {"[A=b\n", "o"},
        {"a=b\n = b\n=\na\na =\n", "aooo"
                                   "a"},
        {"a=b", "a"},
        {"a=b\\\nc\n", "a"},
        {"a=b\\\\\nc\n", "ao"},
        {"a=b\\\\\\\nc\n", "a"},
        {"a=b\\ \nc\n", "ao"},
        {"a=b\\\n", "a+"},
        {"a=b\\", "a+"},
        {"a=b\\\n# c", "a+"},
        {"a=b\\\n\nc=d\n", "aa"},
        {"a=b\\\r\nc\r\nd=e\r\n", "aa"},
        {"\\\n[A]\n", "s"},
        {"\\\n", "b+"},
        {"[A]\\\nx\n", "o"},
        {"\xef\xbb\xbf[A]\n", "s"},
        {"\xef\xbb\xbf# c\n", "c"},
        {"\xef\xbb\xbf", ""},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) lines = mp_lines_split(cases[i].text, strlen(cases[i].text));
        g_autofree char *word = kinds(lines);

        g_assert_cmpstr(word, ==, cases[i].kinds);
    }
}

static const MpLine *only_line(GPtrArray *lines)
{
    g_assert_cmpuint(lines->len, ==, 1);
    return lines->pdata[0];
}

static void test_assignments(void)
{
    static const struct {
        const char *text, *key, *value, *inner;
    } cases[] = {
        {"Key=value\n", "Key", "value", ""},
        {"  Key  =  value  \n", "Key", "value", ""},
        {"Key=\n", "Key", "", ""},
        {"Key=a=b\n", "Key", "a=b", ""},
        {"Key=a # b\n", "Key", "a # b", ""},
        {"Key=a\\\nb\n", "Key", "a b", ""},
        {"Key=a \\\n   b \\\n\tc\n", "Key", "a  b  c", ""},
        {"Key=a\\\n# between\nb\n", "Key", "a b", "# between\n"},
        {"Key=a\\\n # one\n;two\nb\n", "Key", "a b", " # one\n;two\n"},
        {"Key\\\n=a\n", "Key", "a", ""},
        {"Key=a\\\n", "Key", "a", ""},
        {"Key=[a]\n", "Key", "[a]", ""},
        {"Two words=a\n", "Two words", "a", ""},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) lines = mp_lines_split(cases[i].text, strlen(cases[i].text));
        const MpLine *line = only_line(lines);

        g_assert_cmpint(line->kind, ==, MP_LINE_ASSIGNMENT);
        g_assert_cmpstr(line->key, ==, cases[i].key);
        g_assert_cmpstr(line->value, ==, cases[i].value);
        g_assert_cmpstr(line->inner, ==, cases[i].inner);
    }
}

static void test_sections(void)
{
    static const char *const cases[][2] = {
        {"[Group]", "Group"},
        {"[ Group ]", "Group"},
        {"[Interface eth0]", "Interface eth0"},
        {"[Interface \t  eth0 ]", "Interface eth0"},
        {"[Interface a]b]", "Interface a]b"},
        {"[]", ""},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GPtrArray) lines = mp_lines_split(cases[i][0], strlen(cases[i][0]));
        const MpLine *line = only_line(lines);

        g_assert_cmpint(line->kind, ==, MP_LINE_SECTION);
        g_assert_cmpstr(line->section, ==, cases[i][1]);
    }
}

static void test_numbers(void)
{
    static const char text[] = "# one\n[Two]\n\nfour=\\\n# five\nsix\nseven=7\n";
    static const guint numbers[] = {1, 2, 3, 4, 7};
    g_autoptr(GPtrArray) lines = mp_lines_split(text, strlen(text));

    g_assert_cmpuint(lines->len, ==, G_N_ELEMENTS(numbers));
    for (guint i = 0; i < lines->len; i++)
        g_assert_cmpuint(((MpLine *)lines->pdata[i])->number, ==, numbers[i]);
}

/* Whatever the text, the spans follow each other from the first byte to the last. */
static void test_spans(void)
{
    static const char letters[] = "aa=[]#;\\\\\n\n\n\r \xef\xbb\xbf";
    g_autoptr(GRand) random = g_rand_new_with_seed(99);

    for (guint round = 0; round < 3000; round++) {
        char text[40];
        gsize length = (gsize)g_rand_int_range(random, 0, sizeof text);
        gsize at = 0;
        g_autoptr(GPtrArray) lines = NULL;

        for (gsize i = 0; i < length; i++)
            text[i] = letters[g_rand_int_range(random, 0, sizeof letters - 1)];
        lines = mp_lines_split(text, length);
        for (guint i = 0; i < lines->len; i++) {
            const MpLine *line = lines->pdata[i];

            g_assert_cmpuint(line->start, ==, at);
            g_assert_cmpuint(line->end, >, line->start);
            g_assert_true(!line->open || i + 1 == lines->len);
            at = line->end;
        }
        if (lines->len > 0)
            g_assert_cmpuint(at, ==, length);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/config-text/kinds", test_kinds);
    g_test_add_func("/config-text/assignments", test_assignments);
    g_test_add_func("/config-text/sections", test_sections);
    g_test_add_func("/config-text/numbers", test_numbers);
    g_test_add_func("/config-text/spans", test_spans);
    return g_test_run();
}
