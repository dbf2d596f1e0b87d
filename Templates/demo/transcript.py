"""What the demo prints: commands and what they answered, in 80 columns."""

import textwrap

COLUMNS = 80
MARGIN = "    "


class Transcript:
    """Writes as things happen, so that a reader can follow."""

    def __init__(self):
        self.number = 0

    def line(self, text):
        print(text, flush=True)

    def heading(self, text):
        self.number += 1
        self.line(f"\n{self.number}  {text}\n{'-' * (len(text) + 3)}")

    def command(self, *words, prompt="$"):
        """A command line; a long one is broken where a shell lets it be."""
        lines, line = [], f"{prompt} {words[0]}"
        for word in self._units(words[1:]):
            if len(line) + 1 + len(word) > COLUMNS - 2:
                lines.append(line + " \\")
                line = "   "
            line += ("" if word == ";" else " ") + word
        self.line("\n".join([*lines, line]))

    def _units(self, words):
        """What stays on one line: a word, or an option with its value."""
        units = []
        for word in map(self._quoted, words):
            if units and units[-1].startswith("--") and " " not in units[-1] and not word.startswith("-"):
                units[-1] += " " + word
            else:
                units.append(word)
        return units

    @staticmethod
    def _quoted(word):
        return f'"{word}"' if " " in word and not word.endswith("&") and not word.endswith("do") else word

    def output(self, text):
        """What a program printed; lines that are too long go on below."""
        for line in text.rstrip("\n").split("\n"):
            self.line(textwrap.fill(
                line, COLUMNS, initial_indent=MARGIN, subsequent_indent=MARGIN, drop_whitespace=True,
                break_on_hyphens=False) if len(line) > COLUMNS - len(MARGIN) else MARGIN + line)

    def rows(self, rows):
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            self.line((MARGIN + "  ".join(cell.ljust(width) for cell, width in zip(row, widths))).rstrip())

    def pairs(self, pairs):
        self.rows(pairs)

    def figures(self, pairs):
        """Names to the left, numbers to the right."""
        left, right = max(len(name) for name, _ in pairs), max(len(value) for _, value in pairs)
        for name, value in pairs:
            self.line(f"{MARGIN}{name.ljust(left)}  {value.rjust(right)}")
