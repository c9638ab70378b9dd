/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "output.h"
#include "intl.h"
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static const char *const style_codes[] = {
    [CTL_STYLE_PLAIN] = "",       [CTL_STYLE_GOOD] = "\033[32m", [CTL_STYLE_WARN] = "\033[33m",
    [CTL_STYLE_BAD] = "\033[31m", [CTL_STYLE_DIM] = "\033[2m",   [CTL_STYLE_BOLD] = "\033[1m",
};
G_STATIC_ASSERT(G_N_ELEMENTS(style_codes) == CTL_N_STYLES);

static const struct {
    const char *state;
    CtlStyle style;
    const char *symbol;
    const char *ascii;
} states[] = {
    {NC_("state", "ok"), CTL_STYLE_GOOD, "●", "*"},
    {NC_("state", "up"), CTL_STYLE_GOOD, "●", "*"},
    {NC_("state", "degraded"), CTL_STYLE_WARN, "◐", "!"},
    {NC_("state", "unknown"), CTL_STYLE_WARN, "?", "?"},
    {NC_("state", "offline"), CTL_STYLE_WARN, "○", "o"},
    {NC_("state", "withdrawn"), CTL_STYLE_WARN, "○", "o"},
    {NC_("state", "failed"), CTL_STYLE_BAD, "✗", "x"},
    {NC_("state", "missing"), CTL_STYLE_BAD, "✗", "x"},
    {NC_("state", "down"), CTL_STYLE_BAD, "✗", "x"},
    {NC_("state", "disabled"), CTL_STYLE_PLAIN, "-", "-"},
};

static guint count_columns(int fd)
{
    struct winsize size;

    return ioctl(fd, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

void ctl_output_init(CtlOutput *output, FILE *stream)
{
    const char *no_color = g_getenv("NO_COLOR");
    const char *term = g_getenv("TERM");

    output->stream = stream;
    output->utf8 = g_get_charset(&output->charset);
    output->terminal = isatty(fileno(stream));
    output->columns = output->terminal ? count_columns(fileno(stream)) : 0;
    output->colour = output->terminal && (no_color == NULL || *no_color == '\0') && term != NULL &&
                     strcmp(term, "dumb") != 0;
}

gboolean ctl_output_set_colour(CtlOutput *output, const char *when)
{
    if (strcmp(when, "always") == 0)
        output->colour = TRUE;
    else if (strcmp(when, "never") == 0)
        output->colour = FALSE;
    else
        return strcmp(when, "auto") == 0;
    return TRUE;
}

char *ctl_text_clean(const char *text)
{
    GString *clean = g_string_new(NULL);

    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (g_unichar_iscntrl(c) || g_unichar_type(c) == G_UNICODE_FORMAT)
            g_string_append_printf(clean, "\\x%02x", c);
        else
            g_string_append_unichar(clean, c);
    }
    return g_string_free(clean, FALSE);
}

guint ctl_text_width(const char *text)
{
    guint width = 0;

    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (!g_unichar_iszerowidth(c))
            width += g_unichar_iswide(c) ? 2 : 1;
    }
    return width;
}

void ctl_output_put(const CtlOutput *output, CtlStyle style, const char *text)
{
    g_autofree char *local = NULL;
    gboolean coloured = output->colour && style != CTL_STYLE_PLAIN && *text != '\0';

    if (!output->utf8)
        local = g_convert_with_fallback(text, -1, output->charset, "UTF-8", "?", NULL, NULL, NULL);
    if (coloured)
        fputs(style_codes[style], output->stream);
    fputs(local != NULL ? local : text, output->stream);
    if (coloured)
        fputs("\033[0m", output->stream);
}

void ctl_output_printf(const CtlOutput *output, CtlStyle style, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    ctl_output_put(output, style, text);
}

CtlStyle ctl_output_state_style(const char *state)
{
    for (guint i = 0; i < G_N_ELEMENTS(states); i++)
        if (strcmp(states[i].state, state) == 0)
            return states[i].style;
    return CTL_STYLE_PLAIN;
}

const char *ctl_output_state_symbol(const CtlOutput *output, const char *state)
{
    for (guint i = 0; i < G_N_ELEMENTS(states); i++)
        if (strcmp(states[i].state, state) == 0)
            return output->utf8 ? states[i].symbol : states[i].ascii;
    return "?";
}

const char *ctl_state_word(const char *state)
{
    for (guint i = 0; i < G_N_ELEMENTS(states); i++)
        if (strcmp(states[i].state, state) == 0)
            return g_dpgettext2(NULL, "state", states[i].state);
    return state;
}

const char *ctl_output_arrow(const CtlOutput *output)
{
    return output->utf8 ? "→" : "->";
}
