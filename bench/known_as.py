#!/usr/bin/env python3
"""How often the known function that a function is said to be like is the one that it is, by name.

usage: known_as.py COGNATE CORPUS…        CORPUS in the layout of the controlled corpus
"""
import collections, csv, gzip, json, re, subprocess, sys
tot=collections.Counter(); wrong=collections.Counter()
for corpus in sys.argv[2:]:
    for row in csv.DictReader(open(corpus+'/manifest.tsv'),delimiter='\t'):
        p=f"{corpus}/stripped/{row['family']}/{row['id']}" + ('.exe' if row['format']=='pe' else '')
        t={int(r['address'],16):r for r in csv.DictReader(gzip.open(f"{corpus}/functions/{row['family']}/{row['id']}.tsv.gz",'rt'),delimiter='\t')}
        d=json.loads(subprocess.run([sys.argv[1],'inspect','--functions','--json','-q',p],capture_output=True).stdout)
        for f in d['samples'][0]['function_list']:
            r=t.get(f['address'])
            if not r or not f['known_as']: continue
            k=f['known_as'][:28]; b=r['base']
            ok = k==b[:28] or (b.startswith('_Z') and re.sub(r'^.*::','',k)[:12] in b)
            lvl='runtime' if r['component']=='runtime' else row['opt']
            tot[(lvl,ok)]+=1
            if not ok: wrong[(k,b)]+=1
for l in sorted({k[0] for k in tot}): print(l,tot[(l,True)],tot[(l,False)],round(tot[(l,True)]/(tot[(l,True)]+tot[(l,False)]),3))
print(wrong.most_common(25))
