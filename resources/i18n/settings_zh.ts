<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>AboutSection</name>
    <message>
        <source>Yizhan</source>
        <translation>驿站</translation>
    </message>
    <message>
        <source>Works offline; syncs at the branch</source>
        <translation>离线可用，回网点同步</translation>
    </message>
    <message>
        <source>Look for problems</source>
        <translation>检查问题</translation>
    </message>
    <message>
        <source>Checks program, encrypted data, keyring, fonts, server and clock</source>
        <translation>检查程序、加密资料、密钥环、字体、服务器和时钟</translation>
    </message>
    <message>
        <source>Copy the diagnostics report</source>
        <translation>复制诊断报告</translation>
    </message>
    <message>
        <source>For the branch&apos;s technician; no customer is in it</source>
        <translation>交给网点技术人员，里面没有客户资料</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Licences of what is built in</source>
        <translation>所用组件的许可</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>检查</translation>
    </message>
</context>
<context>
    <name>AccessLog</name>
    <message>
        <source>{done}: {what}</source>
        <translation>{done}：{what}</translation>
    </message>
    <message>
        <source>{what} ({count})</source>
        <translation>{what}（{count}）</translation>
    </message>
</context>
<context>
    <name>CopySection</name>
    <message>
        <source>Save a copy…</source>
        <translation>保存备份…</translation>
    </message>
    <message>
        <source>In case the disk fails or the data is damaged</source>
        <translation>以防磁盘故障或数据损坏</translation>
    </message>
    <message>
        <source>One encrypted file with everything on this laptop, edits that wait included. Keep it on another disk.</source>
        <translation>本机全部内容，包括待发送的修改，存成一个加密文件。请放在另一块磁盘上。</translation>
    </message>
    <message>
        <source>Taking it back</source>
        <translation>用备份恢复</translation>
    </message>
    <message>
        <source>The branch&apos;s technician does it with the command yizhan restore. What was sent since the copy was made comes back with the next sync.</source>
        <translation>由网点技术员运行命令 yizhan restore 完成。备份之后已发送的内容，下次同步时自动取回。</translation>
    </message>
    <message>
        <source>Only on this computer, logged in as you, with your passphrase. If the computer itself is lost, the branch has what was sent.</source>
        <translation>只能在本机、用您的系统账户和本机口令打开。如果电脑本身丢失，已发送的内容网点都有。</translation>
    </message>
    <message>
        <source>A practice profile: it opens with the passphrase alone.</source>
        <translation>练习用户：只凭口令即可打开。</translation>
    </message>
    <message>
        <source>Where it opens</source>
        <translation>在哪里能打开</translation>
    </message>
    <message>
        <source>Copying (MB)</source>
        <translation>正在复制（MB）</translation>
    </message>
    <message>
        <source>Checking the copy</source>
        <translation>正在检查备份</translation>
    </message>
    <message>
        <source>Writing the file (MB)</source>
        <translation>正在写入文件（MB）</translation>
    </message>
</context>
<context>
    <name>DisplaySection</name>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Small</source>
        <translation>小</translation>
    </message>
    <message>
        <source>Normal</source>
        <translation>标准</translation>
    </message>
    <message>
        <source>Large</source>
        <translation>大</translation>
    </message>
    <message>
        <source>Larger</source>
        <translation>特大</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>At once; names and addresses are never translated</source>
        <translation>马上生效，姓名和地址不翻译</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>文字大小</translation>
    </message>
    <message>
        <source>Text and rows grow together</source>
        <translation>字和行高一起变</translation>
    </message>
    <message>
        <source>A row of the list in this size</source>
        <translation>按此大小显示的一行</translation>
    </message>
</context>
<context>
    <name>KeysAndLockSection</name>
    <message>
        <source>Change…</source>
        <translation>修改…</translation>
    </message>
    <message>
        <source>Chosen on {at}</source>
        <translation>设置于 {at}</translation>
    </message>
    <message>
        <source>Passphrase</source>
        <translation>口令</translation>
    </message>
    <message>
        <source>Not after all</source>
        <translation>取消更换</translation>
    </message>
    <message>
        <source>New key…</source>
        <translation>更换密钥…</translation>
    </message>
    <message>
        <source>Key of this laptop</source>
        <translation>本机密钥</translation>
    </message>
    <message>
        <source>The next unlocking makes a new one; that can take some minutes.</source>
        <translation>下次解锁时更换，可能需要几分钟。</translation>
    </message>
    <message>
        <source>Made on {at}.</source>
        <translation>生成于 {at}。</translation>
    </message>
    <message>
        <source>Make a new one where somebody may have copied this laptop and knows an old passphrase.</source>
        <translation>如果有人可能复制过本机数据、又知道旧口令，请更换密钥。</translation>
    </message>
</context>
<context>
    <name>KeysSection</name>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Customers, visits, import</source>
        <translation>客户、拜访、导入</translation>
    </message>
    <message>
        <source>The list, one customer from all sides, spreadsheets from the branch</source>
        <translation>客户列表、客户全貌、网点给的表格</translation>
    </message>
    <message>
        <source>Labels and mailings</source>
        <translation>标签与邮寄</translation>
    </message>
    <message>
        <source>Address labels for the people you mark</source>
        <translation>为选中的客户打印地址标签</translation>
    </message>
    <message>
        <source>Edits waiting, to settle, receipts</source>
        <translation>待发送、待核定、回执</translation>
    </message>
    <message>
        <source>What was sent, what came back, where two edits met</source>
        <translation>发了什么、收了什么、哪里改了同一处</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Chinese cannot be typed this way. Under fcitx or ibus, set QT_IM_MODULE=ibus in your session, log in again, and start the program again.</source>
        <translation>现在不能输入中文。使用 fcitx 或 ibus 时，请在登录环境中设置 QT_IM_MODULE=ibus，重新登录后再打开本程序。</translation>
    </message>
    <message>
        <source>The system&apos;s own</source>
        <translation>系统自带</translation>
    </message>
    <message>
        <source>Chinese can be typed in every field</source>
        <translation>各处都能输入中文</translation>
    </message>
    <message>
        <source>Input method</source>
        <translation>输入法</translation>
    </message>
</context>
<context>
    <name>LockSection</name>
    <message>
        <source>{n} min</source>
        <translation>{n} 分</translation>
    </message>
    <message>
        <source>Lock</source>
        <translation>锁定</translation>
    </message>
    <message>
        <source>Lock when nobody types for</source>
        <translation>离开多久后锁定</translation>
    </message>
    <message>
        <source>10 minutes at the most</source>
        <translation>最长 10 分钟</translation>
    </message>
    <message>
        <source>Lock now</source>
        <translation>马上锁定</translation>
    </message>
    <message>
        <source>Ctrl+L, whenever you leave the table</source>
        <translation>离开座位时按 Ctrl+L</translation>
    </message>
    <message>
        <source>Always on</source>
        <translation>已开</translation>
    </message>
    <message>
        <source>Empty the clipboard when locking</source>
        <translation>锁定时清空剪贴板</translation>
    </message>
    <message>
        <source>Nobody can paste what you copied</source>
        <translation>复制过的内容别人粘贴不出来</translation>
    </message>
    <message>
        <source>Opened only by your passphrase and this computer&apos;s keyring together</source>
        <translation>要您的口令和本机密钥环一起才能打开</translation>
    </message>
    <message>
        <source>A practice profile: opened by the passphrase alone</source>
        <translation>练习用户，只凭口令打开</translation>
    </message>
    <message>
        <source>Encrypt everything on this laptop</source>
        <translation>本机资料全部加密</translation>
    </message>
</context>
<context>
    <name>PassphrasePanel</name>
    <message>
        <source>Change the passphrase</source>
        <translation>修改口令</translation>
    </message>
    <message>
        <source>Everything else stays</source>
        <translation>其他一切不变</translation>
    </message>
    <message>
        <source>Several words are easy to remember. Take none that colleagues connect with you; nobody can look the passphrase up for you.</source>
        <translation>几个词连在一起便于记忆。不要用同事会联想到您的词；口令无法代查，请牢记。</translation>
    </message>
    <message>
        <source>Copies of this laptop that were saved before still open with the old one.</source>
        <translation>此前保存的本机备份仍用原口令打开。</translation>
    </message>
    <message>
        <source>Locking everything with the new passphrase…</source>
        <translation>正在改用新口令加锁…</translation>
    </message>
    <message>
        <source>Passphrase until now</source>
        <translation>原口令</translation>
    </message>
    <message>
        <source>New passphrase</source>
        <translation>新口令</translation>
    </message>
    <message>
        <source>New passphrase once more</source>
        <translation>再输一次新口令</translation>
    </message>
    <message>
        <source>Show what is typed</source>
        <translation>显示输入内容</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>修改</translation>
    </message>
</context>
<context>
    <name>PreviewRow</name>
    <message>
        <source>Ouyang Wanqing</source>
        <translation>欧阳婉清</translation>
    </message>
    <message>
        <source>Group 6, Zhoujiaba, Shiwan</source>
        <translation>石湾镇 周家坝村 6 组</translation>
    </message>
</context>
<context>
    <name>PrintingSection</name>
    <message>
        <source>Language of printed matter</source>
        <translation>打印和信件的语言</translation>
    </message>
    <message>
        <source>Apart from the window&apos;s language</source>
        <translation>和窗口语言分开</translation>
    </message>
    <message>
        <source>Label sheets</source>
        <translation>标签纸</translation>
    </message>
    <message>
        <source>The sheet, and the next free label on it</source>
        <translation>选用的标签纸和下一个空格</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
</context>
<context>
    <name>PrivacySection</name>
    <message>
        <source>What you looked at, printed and saved as a file</source>
        <translation>您查阅、打印和另存过的内容</translation>
    </message>
    <message>
        <source>Each time with what you needed it for. It goes to the branch with the next sync; the branch&apos;s lead can read it.</source>
        <translation>每一次都记有用途。下次同步时送到网点，网点负责人可以查看。</translation>
    </message>
    <message>
        <source>Nothing yet.</source>
        <translation>还没有记录。</translation>
    </message>
    <message>
        <source>Your access log, the newest first</source>
        <translation>您的查阅记录，最新的在前</translation>
    </message>
</context>
<context>
    <name>SectionNav</name>
    <message>
        <source>Find a setting</source>
        <translation>查找设置</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>清除</translation>
    </message>
</context>
<context>
    <name>Settings</name>
    <message>
        <source>Version {version}, {system}</source>
        <translation>版本 {version}，{system}</translation>
    </message>
    <message>
        <source>{size} on the disk</source>
        <translation>占用磁盘 {size}</translation>
    </message>
    <message>
        <source>Secure</source>
        <translation>安全可用</translation>
    </message>
    <message>
        <source>None; a practice profile works without</source>
        <translation>没有，练习用户不需要</translation>
    </message>
    <message>
        <source>No secure keyring</source>
        <translation>没有安全的密钥环</translation>
    </message>
    <message>
        <source>{n} font can print Chinese</source>
        <translation>{n} 种字体可打印中文</translation>
    </message>
    <message>
        <source>{n} fonts can print Chinese</source>
        <translation>{n} 种字体可打印中文</translation>
    </message>
    <message>
        <source>{n} page is damaged</source>
        <translation>{n} 页已损坏</translation>
    </message>
    <message>
        <source>{n} pages are damaged</source>
        <translation>{n} 页已损坏</translation>
    </message>
    <message>
        <source>Every page was checked; edits waiting: {n}</source>
        <translation>每一页都已检查，{n} 项待发送</translation>
    </message>
    <message>
        <source>Receipts were changed, or differ from what the server keeps</source>
        <translation>回执被改动过，或与服务器留存的记录不符</translation>
    </message>
    <message>
        <source>{n} receipt, unchanged</source>
        <translation>{n} 张回执，没有改动</translation>
    </message>
    <message>
        <source>{n} receipts, unchanged</source>
        <translation>{n} 张回执，没有改动</translation>
    </message>
    <message>
        <source>{n} day left without a sync</source>
        <translation>还可离线使用 {n} 天</translation>
    </message>
    <message>
        <source>{n} days left without a sync</source>
        <translation>还可离线使用 {n} 天</translation>
    </message>
    <message>
        <source>Answers; it is a practice server</source>
        <translation>有应答，是练习服务器</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>有应答</translation>
    </message>
    <message>
        <source>{n} s off the server&apos;s</source>
        <translation>与服务器相差 {n} 秒</translation>
    </message>
    <message>
        <source>good</source>
        <translation>正常</translation>
    </message>
    <message>
        <source>look at this</source>
        <translation>要留意</translation>
    </message>
    <message>
        <source>The report is copied; paste it where you like.</source>
        <translation>报告已复制，可粘贴到需要的地方。</translation>
    </message>
    <message>
        <source>Save diagnostics report</source>
        <translation>存诊断报告</translation>
    </message>
    <message>
        <source>Text files (*.txt)</source>
        <translation>文本文件 (*.txt)</translation>
    </message>
    <message>
        <source>Report saved: {file}</source>
        <translation>报告已保存：{file}</translation>
    </message>
    <message>
        <source>Display and language</source>
        <translation>显示与语言</translation>
    </message>
    <message>
        <source>Privacy: your access log</source>
        <translation>隐私：您的查阅记录</translation>
    </message>
    <message>
        <source>Sync and server</source>
        <translation>同步与服务器</translation>
    </message>
    <message>
        <source>Copy of this laptop</source>
        <translation>本机备份</translation>
    </message>
    <message>
        <source>Printing</source>
        <translation>打印</translation>
    </message>
    <message>
        <source>Keys and lock</source>
        <translation>口令、密钥与锁定</translation>
    </message>
    <message>
        <source>Keyboard and input method</source>
        <translation>快捷键与输入法</translation>
    </message>
    <message>
        <source>About and diagnostics</source>
        <translation>关于与诊断</translation>
    </message>
    <message>
        <source>Find anything: customers, lists, actions</source>
        <translation>查找一切：客户、名单、操作</translation>
    </message>
    <message>
        <source>Filter the list that is shown</source>
        <translation>筛选当前列表</translation>
    </message>
    <message>
        <source>Something new on this page, such as a customer</source>
        <translation>在本页新建，如新客户</translation>
    </message>
    <message>
        <source>Record a visit</source>
        <translation>记拜访</translation>
    </message>
    <message>
        <source>Log a contact</source>
        <translation>记沟通</translation>
    </message>
    <message>
        <source>Undo what was saved, up to 20 steps</source>
        <translation>撤销已保存的修改，最多 20 步</translation>
    </message>
    <message>
        <source>Do again what was undone</source>
        <translation>重做撤销的修改</translation>
    </message>
    <message>
        <source>Back to where you were</source>
        <translation>回到上一处</translation>
    </message>
    <message>
        <source>Next part of the window</source>
        <translation>下一个区域</translation>
    </message>
    <message>
        <source>Previous part of the window</source>
        <translation>上一个区域</translation>
    </message>
    <message>
        <source>Sync now</source>
        <translation>现在同步</translation>
    </message>
    <message>
        <source>Print what is shown</source>
        <translation>打印当前内容</translation>
    </message>
    <message>
        <source>This help</source>
        <translation>打开帮助</translation>
    </message>
    <message>
        <source>Lock at once</source>
        <translation>马上锁定</translation>
    </message>
    <message>
        <source>Edit where it stands</source>
        <translation>就地修改</translation>
    </message>
    <message>
        <source>Save the form</source>
        <translation>保存表单</translation>
    </message>
    <message>
        <source>Close, clear, or restore what stood there</source>
        <translation>关闭、清除或恢复原值</translation>
    </message>
    <message>
        <source>Go to a place of the rail, from the top</source>
        <translation>切换到左侧栏的各个页面</translation>
    </message>
    <message>
        <source>Program and libraries</source>
        <translation>程序与组件</translation>
    </message>
    <message>
        <source>Folder of the profile</source>
        <translation>用户文件夹</translation>
    </message>
    <message>
        <source>Keyring of the system</source>
        <translation>系统密钥环</translation>
    </message>
    <message>
        <source>Fonts for printing</source>
        <translation>打印字体</translation>
    </message>
    <message>
        <source>Encrypted data</source>
        <translation>加密资料</translation>
    </message>
    <message>
        <source>Receipts of syncs</source>
        <translation>同步回执</translation>
    </message>
    <message>
        <source>Use without the branch</source>
        <translation>离线使用期限</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Clock</source>
        <translation>时钟</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>Icons</source>
        <translation>图标</translation>
    </message>
    <message>
        <source>Encryption and keys</source>
        <translation>加密与密钥</translation>
    </message>
    <message>
        <source>Files and network</source>
        <translation>文件与网络</translation>
    </message>
    <message>
        <source>Names, numbers, places</source>
        <translation>姓名、号码、地名</translation>
    </message>
    <message>
        <source>Save a copy of this laptop</source>
        <translation>保存本机备份</translation>
    </message>
    <message>
        <source>Copies of a laptop (*.yizhan)</source>
        <translation>本机备份 (*.yizhan)</translation>
    </message>
    <message>
        <source>Copy saved: {file}.</source>
        <translation>备份已保存：{file}。</translation>
    </message>
    <message>
        <source>{n} edit in it has not been sent yet.</source>
        <translation>其中 {n} 项修改尚未发送。</translation>
    </message>
    <message>
        <source>{n} edits in it have not been sent yet.</source>
        <translation>其中 {n} 项修改尚未发送。</translation>
    </message>
    <message>
        <source>Stopped; no copy was saved.</source>
        <translation>已停止，没有保存备份。</translation>
    </message>
    <message>
        <source>The two are not the same. Type it again.</source>
        <translation>两次输入不一致，请重新输入。</translation>
    </message>
    <message>
        <source>Type the passphrase until now.</source>
        <translation>请输入原口令。</translation>
    </message>
    <message>
        <source>Choose a new passphrase.</source>
        <translation>请设置新口令。</translation>
    </message>
    <message>
        <source>The passphrase is changed.</source>
        <translation>口令已修改。</translation>
    </message>
    <message>
        <source>Make a new key for this laptop?</source>
        <translation>为本机更换密钥？</translation>
    </message>
    <message>
        <source>The window locks. With your next passphrase everything on this laptop is encrypted anew; that can take some minutes and as much free disk as the data takes. The passphrase stays, and copies that were saved before still open.</source>
        <translation>窗口将锁定。下次输入口令时，本机全部数据会重新加密，可能需要几分钟，并需要与数据同样大小的空闲磁盘。口令不变，此前保存的备份仍可打开。</translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation>暂不更换</translation>
    </message>
    <message>
        <source>Lock, and make it</source>
        <translation>锁定并更换</translation>
    </message>
</context>
<context>
    <name>SettingsPage</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Changes take effect at once</source>
        <translation>改动马上生效</translation>
    </message>
    <message>
        <source>No setting has these words</source>
        <translation>没有找到这样的设置</translation>
    </message>
    <message>
        <source>Try another word, or see all settings.</source>
        <translation>换个词试试，或查看全部设置。</translation>
    </message>
    <message>
        <source>See all</source>
        <translation>查看全部</translation>
    </message>
</context>
<context>
    <name>SyncSection</name>
    <message>
        <source>Sync by itself</source>
        <translation>自动同步</translation>
    </message>
    <message>
        <source>When the branch&apos;s server answers; you can go on working</source>
        <translation>连上网点服务器就同步，您可以继续工作</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>服务器</translation>
    </message>
    <message>
        <source>Set when this laptop was enrolled; the branch changes it</source>
        <translation>登记时设定，由网点更改</translation>
    </message>
    <message>
        <source>Sync and receipts</source>
        <translation>同步与回执</translation>
    </message>
    <message>
        <source>Sync now, and what became of every edit</source>
        <translation>现在同步，查看每项修改的结果</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
</context>
<context>
    <name>ThisComputer</name>
    <message>
        <source>This computer</source>
        <translation>这台电脑</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>编号</translation>
    </message>
    <message>
        <source>Person</source>
        <translation>使用人</translation>
    </message>
    <message>
        <source>Branch</source>
        <translation>网点</translation>
    </message>
    <message>
        <source>Holds</source>
        <translation>资料</translation>
    </message>
    <message>
        <source>Takes</source>
        <translation>占用</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>Save diagnostics report</source>
        <translation>存诊断报告</translation>
    </message>
    <message>
        <source>No customer is in the report.</source>
        <translation>报告里没有客户资料</translation>
    </message>
    <message>
        <source>{n} customer</source>
        <translation>{n} 位客户</translation>
    </message>
    <message>
        <source>{n} customers</source>
        <translation>{n} 位客户</translation>
    </message>
</context>
</TS>
