<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>AgainPanel</name>
    <message>
        <source>Enrol this laptop again</source>
        <translation>重新登记本机</translation>
    </message>
    <message>
        <source>Everything on it stays</source>
        <translation>本机内容全部保留</translation>
    </message>
    <message>
        <source>Show the branch&apos;s server once more who you are, with the login that this laptop was enrolled with. Then a sync follows by itself.</source>
        <translation>请用本机登记时的用户名和密码，再次向网点的服务器证明身份。随后会自动同步。</translation>
    </message>
    <message>
        <source>Asking the server. This takes a few seconds.</source>
        <translation>正在询问服务器，需要几秒钟。</translation>
    </message>
    <message>
        <source>Login</source>
        <translation>用户名</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>登录密码</translation>
    </message>
    <message>
        <source>New password of your own</source>
        <translation>您自己的新密码</translation>
    </message>
    <message>
        <source>New password once more</source>
        <translation>再输一次新密码</translation>
    </message>
    <message>
        <source>Show what is typed</source>
        <translation>显示输入内容</translation>
    </message>
    <message>
        <source>Enrol again</source>
        <translation>重新登记</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>CaseFoot</name>
    <message>
        <source>All mine</source>
        <translation>全用我的</translation>
    </message>
    <message>
        <source>All theirs</source>
        <translation>全用对方的</translation>
    </message>
    <message>
        <source>{done} of {n} settled</source>
        <translation>{n} 处已定 {done} 处</translation>
    </message>
    <message>
        <source>See the next</source>
        <translation>看下一个</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Save {n}</source>
        <translation>保存 {n} 处</translation>
    </message>
    <message>
        <source>Save {n}, see the next</source>
        <translation>保存 {n} 处，看下一个</translation>
    </message>
</context>
<context>
    <name>ContestCard</name>
    <message>
        <source>Before</source>
        <translation>原来</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Show {field}</source>
        <translation>显示{field}</translation>
    </message>
    <message>
        <source>Write another</source>
        <translation>另写一个</translation>
    </message>
    <message>
        <source>Copy the text</source>
        <translation>复制内容</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>改</translation>
    </message>
    <message>
        <source>Another value for {field}</source>
        <translation>{field}另写为</translation>
    </message>
    <message>
        <source>Choose a day</source>
        <translation>选择日期</translation>
    </message>
    <message>
        <source>Yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>No</source>
        <translation>否</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>（空）</translation>
    </message>
    <message>
        <source>Settled</source>
        <translation>已定</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>未定</translation>
    </message>
    <message>
        <source>Written anew</source>
        <translation>另写</translation>
    </message>
</context>
<context>
    <name>EntryCard</name>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Show {field}</source>
        <translation>显示{field}</translation>
    </message>
</context>
<context>
    <name>ForgottenBanner</name>
    <message>
        <source>The branch&apos;s server does not know this laptop any more</source>
        <translation>网点的服务器已不认识本机</translation>
    </message>
    <message>
        <source>It was probably restored from an older backup. All your edits are kept on this laptop; they are sent as soon as it is enrolled again.</source>
        <translation>服务器可能是从较早的备份恢复的。您的修改全部保留在本机，重新登记后随即发送。</translation>
    </message>
    <message>
        <source>Enrol again…</source>
        <translation>重新登记…</translation>
    </message>
</context>
<context>
    <name>ReceiptPanel</name>
    <message>
        <source>Receipt</source>
        <translation>回执</translation>
    </message>
</context>
<context>
    <name>Receipts</name>
    <message>
        <source>When</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>To settle</source>
        <translation>待核定</translation>
    </message>
    <message>
        <source>Whose edits</source>
        <translation>涉及客户</translation>
    </message>
    <message>
        <source>Before the server answered</source>
        <translation>服务器未应答</translation>
    </message>
    <message>
        <source>As of {moment}; times by the server&apos;s clock</source>
        <translation>截至 {moment}，时间以服务器为准</translation>
    </message>
    <message>
        <source>{n} receipt</source>
        <translation>{n} 张回执</translation>
    </message>
    <message>
        <source>{n} receipts</source>
        <translation>{n} 张回执</translation>
    </message>
    <message>
        <source>Page {page} of {pages}</source>
        <translation>第 {page} 页，共 {pages} 页</translation>
    </message>
    <message>
        <source>Complete</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Some to settle</source>
        <translation>有待核定</translation>
    </message>
    <message>
        <source>{n} refused</source>
        <translation>{n} 项被退回</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>No network</source>
        <translation>没有网络</translation>
    </message>
    <message>
        <source>Not complete</source>
        <translation>未完成</translation>
    </message>
    <message>
        <source>Older than 90 days: its figures are no longer kept</source>
        <translation>已超过 90 天，不再保留数字</translation>
    </message>
    <message>
        <source>{n} times in a row, nothing to do</source>
        <translation>连续 {n} 次，没有变化</translation>
    </message>
    <message>
        <source>sent {n}</source>
        <translation>发 {n}</translation>
    </message>
    <message>
        <source>received {n}</source>
        <translation>收 {n}</translation>
    </message>
    <message>
        <source>{n} to settle</source>
        <translation>{n} 项待核定</translation>
    </message>
    <message>
        <source>verified</source>
        <translation>核对一致</translation>
    </message>
    <message>
        <source>The sync ended early</source>
        <translation>同步提前结束</translation>
    </message>
    <message>
        <source>Number</source>
        <translation>编号</translation>
    </message>
    <message>
        <source>Times in a row</source>
        <translation>连续次数</translation>
    </message>
    <message>
        <source>older than 90 days, no longer kept</source>
        <translation>已超过 90 天，不再保留</translation>
    </message>
    <message>
        <source>Figures</source>
        <translation>数字</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>已发送</translation>
    </message>
    <message>
        <source>Applied</source>
        <translation>已采用</translation>
    </message>
    <message>
        <source>Merged</source>
        <translation>已合并</translation>
    </message>
    <message>
        <source>New to settle</source>
        <translation>新的待核定</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>被退回</translation>
    </message>
    <message>
        <source>Yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>No</source>
        <translation>否</translation>
    </message>
    <message>
        <source>Complete but for what waits for the next sync</source>
        <translation>完成，其余留待下次同步</translation>
    </message>
    <message>
        <source>{names} and {n} more</source>
        <translation>{names}等，另有 {n} 位</translation>
    </message>
    <message>
        <source>{n} receipt is unchanged and fits what the server keeps.</source>
        <translation>{n} 张回执没有被改动，与服务器留存的记录相符。</translation>
    </message>
    <message>
        <source>All {n} receipts are unchanged and fit what the server keeps.</source>
        <translation>{n} 张回执都没有被改动，与服务器留存的记录相符。</translation>
    </message>
    <message>
        <source>From receipt {n} on they differ from what the server keeps. Tell the branch before anybody relies on them.</source>
        <translation>从第 {n} 张起与服务器留存的记录不符。请先告知网点，核实之前不要以这些回执为凭。</translation>
    </message>
    <message>
        <source>Receipt {n} was changed or removed on this laptop. Tell the branch before anybody relies on them.</source>
        <translation>第 {n} 张回执在本机被改动或删除过。请先告知网点，核实之前不要以这些回执为凭。</translation>
    </message>
    <message>
        <source>Handed to who keeps the customer now</source>
        <translation>转给现任客户经理</translation>
    </message>
    <message>
        <source>With the branch</source>
        <translation>留在网点处理</translation>
    </message>
    <message>
        <source>Waiting for the next sync</source>
        <translation>留待下次同步</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>已接收</translation>
    </message>
    <message>
        <source>Left this laptop</source>
        <translation>移出本机</translation>
    </message>
    <message>
        <source>Waiting for your word before they leave</source>
        <translation>待您确认后移出</translation>
    </message>
    <message>
        <source>Fetched again</source>
        <translation>重新取回</translation>
    </message>
    <message>
        <source>Ended</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Sent again after a copy or a restore</source>
        <translation>复制或恢复后再次发送</translation>
    </message>
    <message>
        <source>The line broke</source>
        <translation>线路中断次数</translation>
    </message>
    <message>
        <source>Waited for the server or the line</source>
        <translation>等待服务器或线路</translation>
    </message>
    <message>
        <source>Verified</source>
        <translation>核对一致</translation>
    </message>
    <message>
        <source>Data sent</source>
        <translation>发送数据量</translation>
    </message>
    <message>
        <source>Data received</source>
        <translation>接收数据量</translation>
    </message>
    <message>
        <source>Sync receipts</source>
        <translation>同步回执</translation>
    </message>
    <message>
        <source>Receipts</source>
        <translation>回执</translation>
    </message>
    <message>
        <source>Print receipts</source>
        <translation>打印回执</translation>
    </message>
    <message>
        <source>{n} page was sent to the printer</source>
        <translation>已把 {n} 页送往打印机</translation>
    </message>
    <message>
        <source>{n} pages were sent to the printer</source>
        <translation>已把 {n} 页送往打印机</translation>
    </message>
    <message>
        <source>Sync receipts {day}</source>
        <translation>同步回执 {day}</translation>
    </message>
    <message>
        <source>PDF or spreadsheet (*.pdf *.xlsx)</source>
        <translation>PDF 或表格 (*.pdf *.xlsx)</translation>
    </message>
    <message>
        <source>Save receipts</source>
        <translation>保存回执</translation>
    </message>
    <message>
        <source>Saved as {file}</source>
        <translation>已保存为 {file}</translation>
    </message>
</context>
<context>
    <name>ReceiptsPage</name>
    <message>
        <source>Customer</source>
        <translation>客户</translation>
    </message>
    <message>
        <source>Name, pinyin or phone tail</source>
        <translation>姓名、拼音或电话尾号</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>From</source>
        <translation>起</translation>
    </message>
    <message>
        <source>To</source>
        <translation>止</translation>
    </message>
    <message>
        <source>Choose a day</source>
        <translation>选择日期</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Receipts</source>
        <translation>回执</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>核对</translation>
    </message>
    <message>
        <source>Compute again whether any receipt was changed or removed</source>
        <translation>重新计算，看有没有回执被改动或删除</translation>
    </message>
    <message>
        <source>Save list</source>
        <translation>保存清单</translation>
    </message>
    <message>
        <source>Print</source>
        <translation>打印</translation>
    </message>
    <message>
        <source>No receipt fits</source>
        <translation>没有符合的回执</translation>
    </message>
    <message>
        <source>Look for less; names are found while the customer is here.</source>
        <translation>请减少条件；客户还在本机时才能按姓名查到。</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>显示全部</translation>
    </message>
    <message>
        <source>Complete</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Some to settle</source>
        <translation>有待核定</translation>
    </message>
    <message>
        <source>Some refused</source>
        <translation>有被退回</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>No network</source>
        <translation>没有网络</translation>
    </message>
    <message>
        <source>Not complete</source>
        <translation>未完成</translation>
    </message>
</context>
<context>
    <name>RemovalBanner</name>
    <message>
        <source>Keep for now</source>
        <translation>暂时保留</translation>
    </message>
    <message>
        <source>Let them leave…</source>
        <translation>允许移出…</translation>
    </message>
</context>
<context>
    <name>Settle</name>
    <message>
        <source>High value</source>
        <translation>高价值</translation>
    </message>
    <message>
        <source>identity</source>
        <translation>证件</translation>
    </message>
    <message>
        <source>phone</source>
        <translation>电话</translation>
    </message>
    <message>
        <source>money</source>
        <translation>金额</translation>
    </message>
    <message>
        <source>removed</source>
        <translation>已删除</translation>
    </message>
    <message>
        <source>{n} decision</source>
        <translation>{n} 项待定</translation>
    </message>
    <message>
        <source>{n} decisions</source>
        <translation>{n} 项待定</translation>
    </message>
    <message>
        <source>{n} high-value customer</source>
        <translation>高价值客户 {n} 位</translation>
    </message>
    <message>
        <source>{n} high-value customers</source>
        <translation>高价值客户 {n} 位</translation>
    </message>
    <message>
        <source>{n} about identity, phone or money</source>
        <translation>涉及证件、电话或金额 {n} 位</translation>
    </message>
    <message>
        <source>oldest {moment}</source>
        <translation>最早 {moment}</translation>
    </message>
    <message>
        <source>In each group high-value customers come first, then identity, phone and money, then what has waited longest.</source>
        <translation>每组先列高价值客户，再列涉及证件、电话、金额的，其余按等候时间先后。</translation>
    </message>
    <message>
        <source>{n} customer selected</source>
        <translation>已选 {n} 位客户</translation>
    </message>
    <message>
        <source>{n} customers selected</source>
        <translation>已选 {n} 位客户</translation>
    </message>
    <message>
        <source>M takes mine and T takes theirs for all of these; Save settles them together, and one Undo takes all of it back.</source>
        <translation>按 M 全部用我的，按 T 全部用对方的；保存后一起核定，一次撤销即可全部恢复。</translation>
    </message>
    <message>
        <source>What is not a contested field is left out.</source>
        <translation>不属于“两人都改了”的项目不计在内。</translation>
    </message>
    <message>
        <source>Chosen so far: {mine} × mine, {theirs} × theirs, of {n} fields.</source>
        <translation>共 {n} 处，已选：用我的 {mine} 处，用对方的 {theirs} 处。</translation>
    </message>
    <message>
        <source>Changed by two</source>
        <translation>同一处两人都改了</translation>
    </message>
    <message>
        <source>Perhaps the same person</source>
        <translation>可能是同一个人</translation>
    </message>
    <message>
        <source>Edits handed to you</source>
        <translation>转来的修改</translation>
    </message>
    <message>
        <source>Not accepted</source>
        <translation>没有被接受</translation>
    </message>
    <message>
        <source>Handed on to others</source>
        <translation>转给他人的修改</translation>
    </message>
    <message>
        <source>A customer no longer here</source>
        <translation>已不在本机的客户</translation>
    </message>
    <message>
        <source>Somebody</source>
        <translation>同事</translation>
    </message>
    <message>
        <source>You and the branch changed the same field; both are kept. Choose one.</source>
        <translation>您和网点改了同一处，两份都保留着，选一份即可。</translation>
    </message>
    <message>
        <source>You and the branch changed the same {n} fields; both are kept. Choose for each.</source>
        <translation>您和网点改了同样 {n} 处，两份都保留着，逐处选一份即可。</translation>
    </message>
    <message>
        <source>Both stay as they are. Say whether they are one person.</source>
        <translation>两份资料都保留不动，请判断是不是同一个人。</translation>
    </message>
    <message>
        <source>A colleague made this while the customer came to you. Take it over or leave it.</source>
        <translation>客户转到您名下时，同事还做了这项修改。请决定采用还是不采用。</translation>
    </message>
    <message>
        <source>The branch did not take this. The text is kept here until you let it go.</source>
        <translation>网点没有采用。文字保留在这里，直到您放弃。</translation>
    </message>
    <message>
        <source>The customer is with somebody else now; your edit was handed on. Nothing to do.</source>
        <translation>客户已归他人管理，您的修改已经转交，不用再处理。</translation>
    </message>
    <message>
        <source>{field}: settled in two ways</source>
        <translation>{field}：两人核定不一致</translation>
    </message>
    <message>
        <source>Two of you decided about this field, and differently. Say which decision stands.</source>
        <translation>这一处有两人分别核定，结果不同。请选定以哪一个为准。</translation>
    </message>
    <message>
        <source>A value written anew, as it stands now</source>
        <translation>另写的内容，以现在的为准</translation>
    </message>
    <message>
        <source>Mine, sent later</source>
        <translation>我的（后发送）</translation>
    </message>
    <message>
        <source>Mine, sent first</source>
        <translation>我的（先发送）</translation>
    </message>
    <message>
        <source>Mine</source>
        <translation>我的</translation>
    </message>
    <message>
        <source>Theirs</source>
        <translation>对方的</translation>
    </message>
    <message>
        <source>From {name}</source>
        <translation>{name}的</translation>
    </message>
    <message>
        <source>Sent later</source>
        <translation>后发送的</translation>
    </message>
    <message>
        <source>Sent first</source>
        <translation>先发送的</translation>
    </message>
    <message>
        <source>Me</source>
        <translation>我</translation>
    </message>
    <message>
        <source>The branch</source>
        <translation>网点</translation>
    </message>
    <message>
        <source>this computer</source>
        <translation>本机</translation>
    </message>
    <message>
        <source>Remove it</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Removed</source>
        <translation>已删除</translation>
    </message>
    <message>
        <source>Keep it, as it is now</source>
        <translation>保留现在的内容</translation>
    </message>
    <message>
        <source>Somebody removed this record, so there is nothing left to write into. Take &apos;Removed&apos;; copy your text first if you still need it.</source>
        <translation>这条记录已被他人删除，无处可写。请选“已删除”；内容还要用的，请先复制。</translation>
    </message>
    <message>
        <source>You removed this record; meanwhile somebody else changed it. It is kept so far.</source>
        <translation>您删除了这条记录，其间有人修改过它，目前仍保留。</translation>
    </message>
    <message>
        <source>What this belongs to was removed, so it cannot be added as it is.</source>
        <translation>它所属的资料已被删除，不能照原样添加。</translation>
    </message>
    <message>
        <source>They differ where it is hidden; Show tells how.</source>
        <translation>两者的不同在隐藏的几位里，点“显示”查看。</translation>
    </message>
    <message>
        <source>another manager</source>
        <translation>其他客户经理</translation>
    </message>
    <message>
        <source>The other customer is with {name}; ask there before you decide.</source>
        <translation>另一位客户由{name}管理，请先问清再定。</translation>
    </message>
    <message>
        <source>Different persons</source>
        <translation>不是同一人</translation>
    </message>
    <message>
        <source>The same person</source>
        <translation>是同一人</translation>
    </message>
    <message>
        <source>Take it over</source>
        <translation>采用</translation>
    </message>
    <message>
        <source>Leave it</source>
        <translation>不采用</translation>
    </message>
    <message>
        <source>What it speaks of was removed; it cannot be taken over.</source>
        <translation>所涉及的内容已被删除，无法采用。</translation>
    </message>
    <message>
        <source>Let it go</source>
        <translation>放弃修改</translation>
    </message>
    <message>
        <source>Edit again</source>
        <translation>重新修改</translation>
    </message>
    <message>
        <source>Copy the text</source>
        <translation>复制内容</translation>
    </message>
    <message>
        <source>It lies with the manager who keeps the customer now.</source>
        <translation>已交给现任客户经理。</translation>
    </message>
    <message>
        <source>The branch keeps it and will look at it.</source>
        <translation>网点已收存，会查看处理。</translation>
    </message>
    <message>
        <source>The branch does not accept this edit.</source>
        <translation>网点不接受这项修改。</translation>
    </message>
    <message>
        <source>Ask the branch; the text is kept here.</source>
        <translation>请咨询网点，内容保留在这里。</translation>
    </message>
    <message>
        <source>This comes from the bank&apos;s own systems and is changed only there.</source>
        <translation>这项内容来自银行系统，只能在那里修改。</translation>
    </message>
    <message>
        <source>Ask the branch to correct it.</source>
        <translation>请联系网点更正。</translation>
    </message>
    <message>
        <source>You may see this customer, but no longer change it.</source>
        <translation>这位客户您可以查看，但已不能修改。</translation>
    </message>
    <message>
        <source>Ask the colleague who keeps the customer.</source>
        <translation>请联系管理这位客户的同事。</translation>
    </message>
    <message>
        <source>It belongs to something that was refused before.</source>
        <translation>它所属的内容先前已被退回。</translation>
    </message>
    <message>
        <source>Add that again first, then this.</source>
        <translation>请先重新添加那一项，再添加这一项。</translation>
    </message>
    <message>
        <source>It is too long to be sent.</source>
        <translation>内容太长，无法发送。</translation>
    </message>
    <message>
        <source>Copy the text, shorten it and save it anew.</source>
        <translation>请复制内容，缩短后重新保存。</translation>
    </message>
    <message>
        <source>A value in it is not in order.</source>
        <translation>其中有一项内容不合要求。</translation>
    </message>
    <message>
        <source>Copy the text, mend it and save it anew.</source>
        <translation>请复制内容，改好后重新保存。</translation>
    </message>
    <message>
        <source>{what}: added</source>
        <translation>{what}：新增</translation>
    </message>
    <message>
        <source>{what}: removed</source>
        <translation>{what}：删除</translation>
    </message>
    <message>
        <source>{what}: changed</source>
        <translation>{what}：修改</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>原来</translation>
    </message>
    <message>
        <source>Becomes</source>
        <translation>改为</translation>
    </message>
    <message>
        <source>{done}/{n} settled</source>
        <translation>{done}/{n} 已定</translation>
    </message>
    <message>
        <source>{name}: {n} field settled</source>
        <translation>{name}：已定 {n} 处</translation>
    </message>
    <message>
        <source>{name}: {n} fields settled</source>
        <translation>{name}：已定 {n} 处</translation>
    </message>
    <message>
        <source>Told the branch: the same person</source>
        <translation>已记为同一人，同步时告知网点</translation>
    </message>
    <message>
        <source>Choose first: M for mine, T for theirs</source>
        <translation>请先选择：M 用我的，T 用对方的</translation>
    </message>
    <message>
        <source>Told the branch: different persons</source>
        <translation>已记为不同的人，同步时告知网点</translation>
    </message>
    <message>
        <source>Taken over</source>
        <translation>已采用</translation>
    </message>
    <message>
        <source>Left as it was</source>
        <translation>未采用，保持原样</translation>
    </message>
    <message>
        <source>Let go</source>
        <translation>已放弃</translation>
    </message>
    <message>
        <source>Copied; locking empties the clipboard</source>
        <translation>已复制，锁定时会清空剪贴板</translation>
    </message>
    <message>
        <source>{n} field settled</source>
        <translation>{n} 处已核定</translation>
    </message>
    <message>
        <source>{n} fields settled</source>
        <translation>{n} 处已核定</translation>
    </message>
    <message>
        <source>Yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>No</source>
        <translation>否</translation>
    </message>
</context>
<context>
    <name>SettlePage</name>
    <message>
        <source>What is to settle</source>
        <translation>待核定的项目</translation>
    </message>
    <message>
        <source>Open customer</source>
        <translation>打开客户</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>全选</translation>
    </message>
    <message>
        <source>Several at once: Shift and arrows, or Ctrl and click</source>
        <translation>选多项：按住 Shift 加方向键，或按住 Ctrl 点击</translation>
    </message>
    <message>
        <source>Nothing is to settle</source>
        <translation>没有待核定的项目</translation>
    </message>
    <message>
        <source>When you and the branch change the same field, both values come here.</source>
        <translation>您和网点改了同一处时，两份内容都会放到这里。</translation>
    </message>
</context>
<context>
    <name>StepsView</name>
    <message>
        <source>Check who is who</source>
        <translation>核对身份</translation>
    </message>
    <message>
        <source>Send my edits</source>
        <translation>发送我的修改</translation>
    </message>
    <message>
        <source>Receive what is new</source>
        <translation>接收更新</translation>
    </message>
    <message>
        <source>Compare the contents</source>
        <translation>核对内容</translation>
    </message>
    <message>
        <source>Write the receipt</source>
        <translation>出具回执</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>The server proves that it is ours</source>
        <translation>确认是本行的服务器</translation>
    </message>
    <message>
        <source>Oldest first, each exactly once</source>
        <translation>先改的先发，每项只发一次</translation>
    </message>
    <message>
        <source>Only what has changed</source>
        <translation>只收有变动的</translation>
    </message>
    <message>
        <source>One by one; what is missing is fetched</source>
        <translation>逐个比对，缺的自动补上</translation>
    </message>
    <message>
        <source>Kept on this laptop</source>
        <translation>保存在本机，随时可查</translation>
    </message>
    <message>
        <source>still to come</source>
        <translation>还没有开始</translation>
    </message>
    <message>
        <source>under way</source>
        <translation>正在进行</translation>
    </message>
    <message>
        <source>done</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>stopped here</source>
        <translation>停在这里</translation>
    </message>
</context>
<context>
    <name>StoryCard</name>
    <message>
        <source>Around it in the customer&apos;s story</source>
        <translation>该客户前后的情况</translation>
    </message>
</context>
<context>
    <name>Sync</name>
    <message>
        <source>Unusually much would leave this laptop; see Sync</source>
        <translation>将有异常多的内容从本机移出，请查看“同步”</translation>
    </message>
    <message>
        <source>Synced; {n} to settle</source>
        <translation>同步完成，{n} 项待核定</translation>
    </message>
    <message>
        <source>Synced: {sent} sent, {received} received</source>
        <translation>同步完成：发 {sent}，收 {received}</translation>
    </message>
    <message>
        <source>Syncing</source>
        <translation>正在同步</translation>
    </message>
    <message>
        <source>Keep working. Nothing is lost if you cancel or the line drops; it resumes here.</source>
        <translation>您可以继续工作。取消或断网都不会丢失修改，下次从这里接着来。</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>剩余{time}</translation>
    </message>
    <message>
        <source>Server {host}, identity verified</source>
        <translation>服务器 {host}，身份已验证</translation>
    </message>
    <message>
        <source>Synced</source>
        <translation>已同步</translation>
    </message>
    <message>
        <source>Ready for the first sync</source>
        <translation>可以第一次同步了</translation>
    </message>
    <message>
        <source>{n} edit waiting</source>
        <translation>{n} 项待发送</translation>
    </message>
    <message>
        <source>{n} edits waiting</source>
        <translation>{n} 项待发送</translation>
    </message>
    <message>
        <source>Sync now</source>
        <translation>现在同步</translation>
    </message>
    <message>
        <source>Your customers come to this laptop. It may be interrupted at any time.</source>
        <translation>您名下的客户会到这台电脑上。随时可以中断，不用守着。</translation>
    </message>
    <message>
        <source>Safe on this laptop. Last sync {moment}.</source>
        <translation>已安全保存在本机。上次同步{moment}。</translation>
    </message>
    <message>
        <source>Last sync {moment}. Nothing waits to be sent.</source>
        <translation>上次同步{moment}，没有待发送的修改。</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>What was done is kept. The next sync goes on from there.</source>
        <translation>已完成的都保留着，下次从这里接着来。</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>接着同步</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Your {n} waiting edit is safe on this laptop.</source>
        <translation>{n} 项待发送的修改都在本机，一项没丢。</translation>
    </message>
    <message>
        <source>Your {n} waiting edits are safe on this laptop.</source>
        <translation>{n} 项待发送的修改都在本机，一项没丢。</translation>
    </message>
    <message>
        <source>Everything you saved is on this laptop.</source>
        <translation>您保存的内容都在本机。</translation>
    </message>
    <message>
        <source>Stopped at step {n}; what was received is kept.</source>
        <translation>停在第 {n} 步，已收到的都保留着。</translation>
    </message>
    <message>
        <source>{n} to settle</source>
        <translation>{n} 项待核定</translation>
    </message>
    <message>
        <source>You and the branch changed the same field; both are kept.</source>
        <translation>您和网点改了同一处，两份都保留着。</translation>
    </message>
    <message>
        <source>The branch refused them; the text is kept.</source>
        <translation>网点退回了这些修改，内容都保留着。</translation>
    </message>
    <message>
        <source>Settle</source>
        <translation>去核定</translation>
    </message>
    <message>
        <source>Ask your branch first if you do not know why. What has left comes back only if the branch still has it.</source>
        <translation>如不清楚原因，请先询问网点。移出之后，只有网点仍保存的内容才能恢复。</translation>
    </message>
    <message>
        <source>Keep for now</source>
        <translation>暂时保留</translation>
    </message>
    <message>
        <source>Let them leave</source>
        <translation>允许移出</translation>
    </message>
    <message>
        <source>{sent} sent: {applied} applied, {merged} merged, {conflicts} to settle</source>
        <translation>发送 {sent} 项：{applied} 项已采用，{merged} 项已合并，{conflicts} 项待核定</translation>
    </message>
    <message>
        <source>{n} received</source>
        <translation>收到 {n} 项</translation>
    </message>
    <message>
        <source>Verified: this laptop and the branch are alike</source>
        <translation>核对一致</translation>
    </message>
    <message>
        <source>Not alike yet; the next sync goes on</source>
        <translation>还不一致，下次同步接着核对</translation>
    </message>
    <message>
        <source>Nothing to send</source>
        <translation>没有要发送的修改</translation>
    </message>
    <message>
        <source>This network asks you to log in first</source>
        <translation>此网络要求先登录</translation>
    </message>
    <message>
        <source>Not synced: this laptop has to be enrolled again</source>
        <translation>未同步：本机需要重新登记</translation>
    </message>
    <message>
        <source>No safe connection to the server</source>
        <translation>与服务器的连接不安全</translation>
    </message>
    <message>
        <source>The line dropped; it will go on from here</source>
        <translation>线路断了，会接着来</translation>
    </message>
    <message>
        <source>No network now; everything works offline</source>
        <translation>现在没有网络，可正常工作</translation>
    </message>
    <message>
        <source>The sync did not get through</source>
        <translation>这次同步没有完成</translation>
    </message>
    <message>
        <source>{n} record would leave this laptop</source>
        <translation>有 {n} 条记录将从本机移出</translation>
    </message>
    <message>
        <source>{n} records would leave this laptop</source>
        <translation>有 {n} 条记录将从本机移出</translation>
    </message>
    <message>
        <source>{n} were deleted at the branch.</source>
        <translation>网点已删除 {n} 条。</translation>
    </message>
    <message>
        <source>{n} were handed over.</source>
        <translation>已移交 {n} 条。</translation>
    </message>
    <message>
        <source>{n} are not at the branch any more.</source>
        <translation>网点已没有其中 {n} 条。</translation>
    </message>
    <message>
        <source>That is unusually many, so all of them are still here.</source>
        <translation>数量异常，因此目前全部保留在本机。</translation>
    </message>
    <message>
        <source>This laptop is enrolled again; what waited is sent.</source>
        <translation>本机已重新登记，正在发送待发送的修改。</translation>
    </message>
    <message>
        <source>The server knows this laptop; nothing was needed.</source>
        <translation>服务器认识本机，不需要重新登记。</translation>
    </message>
</context>
<context>
    <name>SyncPage</name>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Automatic sync</source>
        <translation>自动同步</translation>
    </message>
    <message>
        <source>Sync when the branch&apos;s network is there</source>
        <translation>连上网点网络时自动同步</translation>
    </message>
    <message>
        <source>In the background, without disturbing your work</source>
        <translation>在后台进行，不打断工作</translation>
    </message>
    <message>
        <source>Receipts</source>
        <translation>回执</translation>
    </message>
    <message>
        <source>Receipts of the last syncs</source>
        <translation>最近几次同步的回执</translation>
    </message>
    <message>
        <source>Search, check and print</source>
        <translation>查找、核对、打印</translation>
    </message>
    <message>
        <source>There is no receipt yet. Each sync leaves one here.</source>
        <translation>还没有回执。每次同步后都会在这里留一份。</translation>
    </message>
</context>
<context>
    <name>SyncScreen</name>
    <message>
        <source>Back to the list</source>
        <translation>回到列表</translation>
    </message>
    <message>
        <source>Previous</source>
        <translation>上一个</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>下一个</translation>
    </message>
    <message>
        <source>Open customer</source>
        <translation>打开客户</translation>
    </message>
    <message>
        <source>Page</source>
        <translation>页面</translation>
    </message>
    <message>
        <source>To settle</source>
        <translation>待核定</translation>
    </message>
    <message>
        <source>Receipts</source>
        <translation>回执</translation>
    </message>
    <message>
        <source>Sync</source>
        <translation>同步</translation>
    </message>
    <message>
        <source>{n} of {all} to settle</source>
        <translation>待核定 第 {n} / {all} 项</translation>
    </message>
    <message>
        <source>One a sync, kept in order</source>
        <translation>每次同步一张，按顺序保存</translation>
    </message>
    <message>
        <source>Server {host}</source>
        <translation>服务器 {host}</translation>
    </message>
    <message>
        <source>{n} decision, all kept safe</source>
        <translation>{n} 项·都已安全保存</translation>
    </message>
    <message>
        <source>{n} decisions, all kept safe</source>
        <translation>{n} 项·都已安全保存</translation>
    </message>
</context>
</TS>
