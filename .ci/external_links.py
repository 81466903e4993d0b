"""Ask each address that the documents link to; .github/workflows/links.yaml runs it every week. Needs a network.

An address is broken where it answers 404 or 410, or where its host is unknown. Others that refuse a program (403, 429)
or fail for the moment are listed, but are no error.
"""
import sys
from concurrent.futures import ThreadPoolExecutor
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen
import check # the module beside this file

def answer(url, timeout=30):
    "The status that an address answers, or why it does not"
    request = Request(url.partition('#')[0], headers={'User-Agent': 'Mozilla/5.0 (link check of logo_fastai)'})
    try:
        with urlopen(request, timeout=timeout) as r: return r.status
    except HTTPError as e: return e.code
    except URLError as e: return str(e.reason)
    except Exception as e: return f'{type(e).__name__}: {e}'

def is_broken(said): return said in (404, 410) or 'not known' in str(said) or 'No address' in str(said)

def main():
    links = {u: ps for u, ps in check.external_links().items() if 'colab.research.google.com' not in u}
    with ThreadPoolExecutor(8) as pool: said = dict(zip(links, pool.map(answer, links), strict=True))
    for url, o in said.items():
        if o != 200: print('BROKEN' if is_broken(o) else 'unsure', o, url, *sorted(set(links[url])))
    broken = sum(map(is_broken, said.values()))
    print(f'{len(said) - broken} passed, {broken} failed')
    sys.exit(bool(broken))

if __name__ == '__main__': main()
