"Installs the library. Every field comes from settings.ini, so that there is one place to change it."
from configparser import ConfigParser
from pathlib import Path
from setuptools import find_packages, setup

root = Path(__file__).resolve().parent
config = ConfigParser(delimiters=['='])
config.read(root/'settings.ini', encoding='utf-8')
cfg = config['DEFAULT']

suffix = '_requirements'
extras = {k[:-len(suffix)]: v.split() for k,v in cfg.items() if k.endswith(suffix)}
statuses = {'1': '1 - Planning', '2': '2 - Pre-Alpha', '3': '3 - Alpha', '4': '4 - Beta', '5': '5 - Production/Stable'}

setup(
    name = cfg['lib_name'],
    version = cfg['version'],
    description = cfg['description'],
    long_description = (root/'README.md').read_text(encoding='utf-8'),
    long_description_content_type = 'text/markdown',
    keywords = cfg['keywords'].split(),
    author = cfg['author'],
    author_email = cfg['author_email'],
    url = cfg['git_url'],
    project_urls = {'Documentation': cfg['doc_host'] + cfg['doc_baseurl'], 'Source': cfg['git_url']},
    classifiers = [
        f"Development Status :: {statuses[cfg['status']]}",
        f"Intended Audience :: {cfg['audience']}",
        f"Natural Language :: {cfg['language']}",
        *[f'Programming Language :: Python :: {v}' for v in cfg['python_versions'].split()],
        'Topic :: Scientific/Engineering :: Image Recognition',
    ],
    packages = find_packages(include=[cfg['lib_name'], cfg['lib_name'] + '.*']),
    include_package_data = True,
    python_requires = f">={cfg['min_python']}",
    install_requires = cfg['requirements'].split(),
    extras_require = extras,
    entry_points = {
        'console_scripts': cfg['console_scripts'].split(),
        'nbdev': [f"{cfg['lib_name']}={cfg['lib_name']}._modidx:d"],
    },
    zip_safe = False,
)
