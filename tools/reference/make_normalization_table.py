"""Writes the table that CanonicalComposition reads: canonical decompositions and combining classes of Unicode.

Usage: python make_normalization_table.py > src/Atelier.Tokenization/Unicode/CanonicalComposition.txt
Any Python 3 will do; its Unicode version is the first line of the output.
"""
import sys
import unicodedata


def main():
    print(f"# Unicode {unicodedata.unidata_version}: canonical decompositions (one step, without Hangul; '!' = never composed), then combining classes.")
    characters = [chr(code) for code in range(sys.maxunicode + 1)]
    for character in characters:
        parts = unicodedata.decomposition(character)
        if not parts or parts.startswith("<"):
            continue
        composes = unicodedata.normalize("NFC", "".join(chr(int(part, 16)) for part in parts.split())) == character
        print(f"{ord(character):04X}={parts}{'' if composes else '!'}")
    first = 0
    while first < len(characters):
        combining_class = unicodedata.combining(characters[first])
        last = first
        while last + 1 < len(characters) and unicodedata.combining(characters[last + 1]) == combining_class:
            last += 1
        if combining_class:
            print(f"{first:04X}-{last:04X}:{combining_class}")
        first = last + 1


if __name__ == "__main__":
    main()
