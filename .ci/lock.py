"""Renew requirements-dev.lock: the newest allowed version of each package that settings.ini names, with checksums"""
import subprocess, sys
from configparser import ConfigParser
from pathlib import Path

root = Path(__file__).resolve().parents[1]
config = ConfigParser(delimiters=['='])
config.read(root/'settings.ini', encoding='utf-8')
cfg = config['DEFAULT']
head = '# Made by .ci/lock.py for Python 3.11 and later; see CONTRIBUTING.md\n'
cmd = ['uv', 'pip', 'compile', '-', '--universal', '--generate-hashes', '--no-annotate', '--no-header', '--quiet',
       '--no-emit-index-url', '--no-emit-find-links', '--python-version', cfg['min_python'], *sys.argv[1:]]
names = '\n'.join((cfg['requirements'] + ' ' + cfg['dev_requirements']).split())
lock = subprocess.run(cmd, input=names, capture_output=True, text=True)
if lock.returncode: sys.exit(lock.stderr)
(root/'requirements-dev.lock').write_text(head + lock.stdout, encoding='utf-8')
