"""The release: what has to agree before it, and its notes. .github/workflows/release.yaml runs both.

python .ci/release.py check v0.2.0   tag, settings.ini, CITATION.cff and CHANGELOG.md name one version, with a date
python .ci/release.py notes          the section of CHANGELOG.md about the version of settings.ini
"""
import re, sys
from configparser import ConfigParser
from pathlib import Path

root = Path(__file__).resolve().parents[1]
config = ConfigParser(delimiters=['='])
config.read(root/'settings.ini', encoding='utf-8')
version = config['DEFAULT']['version']

def section():
    "Heading and text of the section of CHANGELOG.md about this version"
    text = (root/'CHANGELOG.md').read_text(encoding='utf-8')
    found = re.search(rf'(?ms)^## {re.escape(version)}(?: \((.*?)\))?$\n(.*?)(?=^## |\Z)', text)
    if not found: sys.exit(f'CHANGELOG.md has no section "## {version} (date)".')
    return found[1] or '', found[2].strip() + '\n'

def cited(key):
    "A field of CITATION.cff"
    found = re.search(rf'(?m)^{key}: *["\']?(.*?)["\']?$', (root/'CITATION.cff').read_text(encoding='utf-8'))
    return found[1] if found else ''

def problems(tag):
    "What keeps the tag from being released"
    date = section()[0]
    if tag != f'v{version}': yield f'The tag is {tag}, but settings.ini has version {version}.'
    if cited('version') != version: yield f"CITATION.cff has version {cited('version')}, settings.ini {version}."
    if not re.fullmatch(r'\d{4}-\d{2}-\d{2}', date):
        yield f'The section {version} of CHANGELOG.md says "{date}": write the day of the release, as 2026-01-31.'
    elif cited('date-released') != date:
        yield f"CITATION.cff needs date-released: {date}, as in CHANGELOG.md; it has \"{cited('date-released')}\"."

def main(words):
    if words == ['notes']: print(section()[1], end='')
    elif len(words) == 2 and words[0] == 'check':
        found = list(problems(words[1]))
        if found: sys.exit('\n'.join(found))
        print(f'{words[1]} can be released.')
    else: sys.exit(__doc__)

if __name__ == '__main__': main(sys.argv[1:])
