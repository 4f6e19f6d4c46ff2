/** The page's style: no outside asset, light and dark, readable down to a narrow frame. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#15181e;--soft:#566070;--line:#dfe3ea;--link:#1d4fc4;--pass:#166b3a;--pass-bg:#e2f5e9;--warn:#7a4b00;--warn-bg:#fdf0d2;--fail:#a01c1c;--fail-bg:#fde5e3;--info:#2d4a7c;--info-bg:#e6edf9}
@media(prefers-color-scheme:dark){:root{--bg:#0f1217;--card:#181c23;--ink:#e9ecf1;--soft:#a3adbb;--line:#2b323d;--link:#8fb4ff;--pass:#7fdca4;--pass-bg:#14301f;--warn:#f3c877;--warn-bg:#372911;--fail:#ff9d95;--fail-bg:#3d1a18;--info:#a9c4f5;--info-bg:#1b2a45}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif}
main{max-width:44rem;margin:0 auto;padding:clamp(1.25rem,5vw,3.5rem) clamp(1rem,4vw,2rem)}
header{display:flex;flex-wrap:wrap;gap:.5rem 1rem;align-items:center;justify-content:space-between;margin-bottom:1.25rem}
.name{margin:0;font-size:1rem;font-weight:600;letter-spacing:.01em}
.badge{display:inline-flex;gap:.5rem;align-items:center;padding:.2rem .75rem;border-radius:99rem;font-size:.875rem;font-weight:600}
.badge svg{width:.8rem;height:.8rem;fill:currentColor;flex:none}
.pass{color:var(--pass);background:var(--pass-bg)}.warn,.warning{color:var(--warn);background:var(--warn-bg)}.fail,.error{color:var(--fail);background:var(--fail-bg)}.info{color:var(--info);background:var(--info-bg)}
section,.state{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:clamp(1.1rem,4vw,1.75rem);margin-bottom:1.25rem}
h1{font-size:clamp(1.45rem,4.5vw,2rem);line-height:1.2;letter-spacing:-.015em;margin:0 0 .6rem;text-wrap:balance}
h2{font-size:1.05rem;margin:0 0 .9rem}
p{margin:0 0 .6rem}p:last-child{margin-bottom:0}
.reason{font-size:1.05rem}
.remedy{color:var(--soft)}.remedy b{color:var(--ink);font-weight:600}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:1rem 1.5rem;margin:1.5rem 0 0;padding-top:1.25rem;border-top:1px solid var(--line)}
dt{color:var(--soft);font-size:.8125rem}dd{margin:.1rem 0 0;font-weight:600;overflow-wrap:anywhere}
ul{list-style:none;margin:0;padding:0}
.findings li{padding:1rem 0;border-top:1px solid var(--line)}.findings li:first-child{border-top:0;padding-top:0}.findings li:last-child{padding-bottom:0}
.findings h3{font-size:1rem;line-height:1.4;margin:.45rem 0 .25rem}
.tag{display:inline-block;border-radius:6px;padding:.05rem .5rem;font-size:.75rem;font-weight:600}
code{font:.8125rem/1.4 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;color:var(--soft);overflow-wrap:anywhere}
a{color:var(--link);text-underline-offset:.2em}a:focus-visible{outline:3px solid var(--link);outline-offset:3px;border-radius:4px}
nav ul{display:flex;flex-wrap:wrap;gap:.6rem}
nav a{display:block;padding:.55rem 1.1rem;border:1px solid var(--line);border-radius:10px;background:var(--card);text-decoration:none;font-weight:600}
nav a:hover{border-color:currentColor}
footer{margin-top:2rem;color:var(--soft);font-size:.8125rem}
`
