<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>BadPane</name>
    <message>
        <source>{n} row left out</source>
        <translation>{n} 行不导入</translation>
    </message>
    <message>
        <source>{n} rows left out</source>
        <translation>{n} 行不导入</translation>
    </message>
    <message>
        <source>Save as table</source>
        <translation>存为表格</translation>
    </message>
</context>
<context>
    <name>FilePage</name>
    <message>
        <source>Drop an Excel or CSV file here</source>
        <translation>把 Excel 或 CSV 文件拖到这里</translation>
    </message>
    <message>
        <source>Up to {rows} rows, {size}. The file is read on this laptop alone.</source>
        <translation>最多 {rows} 行、{size}。文件只在本机读取，不外传。</translation>
    </message>
    <message>
        <source>Choose a file…</source>
        <translation>选择文件…</translation>
    </message>
    <message>
        <source>How to prepare the table</source>
        <translation>怎么准备表格</translation>
    </message>
    <message>
        <source>Headings in the first row, one customer in each row below.</source>
        <translation>第一行是标题，下面每行一位客户。</translation>
    </message>
    <message>
        <source>A name, and with it an identity number or a phone, so that the same person is recognised.</source>
        <translation>至少要有姓名，再加证件号码或手机，才认得出是不是同一位。</translation>
    </message>
    <message>
        <source>Empty cells erase nothing that is already there.</source>
        <translation>空格子不会清掉已有的资料。</translation>
    </message>
    <message>
        <source>Save an empty table</source>
        <translation>存一份空表格</translation>
    </message>
</context>
<context>
    <name>Intake</name>
    <message>
        <source>Reading the file</source>
        <translation>正在读取文件</translation>
    </message>
    <message>
        <source>These are several files.</source>
        <translation>拖来了几个文件。</translation>
    </message>
    <message>
        <source>Please import them one after another.</source>
        <translation>请一个一个导入。</translation>
    </message>
    <message>
        <source>Comparing with the customers</source>
        <translation>正在与已有客户比对</translation>
    </message>
    <message>
        <source>Checking the row</source>
        <translation>正在检查这一行</translation>
    </message>
    <message>
        <source>Rows to mend</source>
        <translation>待改正的行</translation>
    </message>
    <message>
        <source>Customers to import</source>
        <translation>导入客户</translation>
    </message>
    <message>
        <source>Saved: {name}</source>
        <translation>已保存：{name}</translation>
    </message>
</context>
<context>
    <name>IntakeBadRows</name>
    <message>
        <source>Row {row}, {customer}: {reasons}</source>
        <translation>第 {row} 行，{customer}：{reasons}</translation>
    </message>
    <message>
        <source>(no name)</source>
        <translation>（没有姓名）</translation>
    </message>
    <message>
        <source>Look</source>
        <translation>查看</translation>
    </message>
    <message>
        <source>Correct</source>
        <translation>改正</translation>
    </message>
    <message>
        <source>Fill in</source>
        <translation>填写</translation>
    </message>
</context>
<context>
    <name>IntakeChanges</name>
    <message>
        <source>I changed it, kept</source>
        <translation>我改过，不覆盖</translation>
    </message>
    <message>
        <source>Row {row}, {customer}, {field}: now {now}, becomes {new}</source>
        <translation>第 {row} 行，{customer}，{field}：现在 {now}，改为 {new}</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>空</translation>
    </message>
</context>
<context>
    <name>IntakeDialogs</name>
    <message>
        <source>Choose a table</source>
        <translation>选择表格</translation>
    </message>
    <message>
        <source>Tables (*.xlsx *.xlsm *.csv *.txt)</source>
        <translation>表格 (*.xlsx *.xlsm *.csv *.txt)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>Save the table</source>
        <translation>保存表格</translation>
    </message>
    <message>
        <source>Excel tables (*.xlsx)</source>
        <translation>Excel 表格 (*.xlsx)</translation>
    </message>
</context>
<context>
    <name>IntakeKeys</name>
    <message>
        <source>Identity number</source>
        <translation>证件号码</translation>
    </message>
    <message>
        <source>Name and phone</source>
        <translation>姓名和手机</translation>
    </message>
    <message>
        <source>Name with birth date, village or address</source>
        <translation>姓名和出生日期、村或住址</translation>
    </message>
    <message>
        <source>Name alone: cannot be told apart</source>
        <translation>只有姓名，认不出是哪一位</translation>
    </message>
    <message>
        <source>{n} row</source>
        <translation>{n} 行</translation>
    </message>
    <message>
        <source>{n} rows</source>
        <translation>{n} 行</translation>
    </message>
    <message>
        <source>{n} column</source>
        <translation>{n} 列</translation>
    </message>
    <message>
        <source>{n} columns</source>
        <translation>{n} 列</translation>
    </message>
</context>
<context>
    <name>IntakeMapping</name>
    <message>
        <source>Leave out</source>
        <translation>不导入</translation>
    </message>
    <message>
        <source>(all empty)</source>
        <translation>（全空）</translation>
    </message>
    <message>
        <source>{heading}: {values}; goes to {target}; {why}</source>
        <translation>{heading}：{values}；写到 {target}；{why}</translation>
    </message>
    <message>
        <source>Please look: {text}</source>
        <translation>请看一下：{text}</translation>
    </message>
    <message>
        <source>That is right</source>
        <translation>没错</translation>
    </message>
    <message>
        <source>Where does {heading} go?</source>
        <translation>{heading}写到哪里</translation>
    </message>
</context>
<context>
    <name>IntakeScreen</name>
    <message>
        <source>Add or update from a table</source>
        <translation>从表格新增或更新</translation>
    </message>
    <message>
        <source>Import customers</source>
        <translation>导入客户</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>上一步</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Headings</source>
        <translation>对应标题</translation>
    </message>
    <message>
        <source>What will change</source>
        <translation>看会改什么</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>Go on with this file</source>
        <translation>接着用这个文件</translation>
    </message>
    <message>
        <source>See what changes</source>
        <translation>看会改什么</translation>
    </message>
    <message>
        <source>Nothing has been changed yet</source>
        <translation>还没有改动任何资料</translation>
    </message>
    <message>
        <source>Until the next sync it can all be undone</source>
        <translation>同步之前可以整批撤销</translation>
    </message>
    <message>
        <source>Import 1 row</source>
        <translation>导入 1 行</translation>
    </message>
    <message>
        <source>Import {n} rows</source>
        <translation>导入 {n} 行</translation>
    </message>
    <message>
        <source>Nothing to import</source>
        <translation>没有要导入的行</translation>
    </message>
</context>
<context>
    <name>IntakeTaking</name>
    <message>
        <source>Importing</source>
        <translation>正在导入</translation>
    </message>
    <message>
        <source>{n} row imported</source>
        <translation>导入 {n} 行</translation>
    </message>
    <message>
        <source>{n} rows imported</source>
        <translation>导入 {n} 行</translation>
    </message>
</context>
<context>
    <name>IntakeWhy</name>
    <message>
        <source>You left it out</source>
        <translation>您选了不导入</translation>
    </message>
    <message>
        <source>You chose this</source>
        <translation>您指定的</translation>
    </message>
    <message>
        <source>Same heading</source>
        <translation>标题一致</translation>
    </message>
    <message>
        <source>Similar heading</source>
        <translation>标题相近，请看一下</translation>
    </message>
    <message>
        <source>Same meaning</source>
        <translation>标题意思相同</translation>
    </message>
    <message>
        <source>Guessed by values</source>
        <translation>按内容推测的</translation>
    </message>
    <message>
        <source>Most values do not fit</source>
        <translation>多数内容对不上</translation>
    </message>
    <message>
        <source>Notes on problems, not data</source>
        <translation>问题说明，不是资料</translation>
    </message>
    <message>
        <source>Nothing in it</source>
        <translation>没有内容</translation>
    </message>
    <message>
        <source>Heading not known</source>
        <translation>不认识的标题</translation>
    </message>
</context>
<context>
    <name>MappingPage</name>
    <message>
        <source>Use the last mapping</source>
        <translation>用上次的对应</translation>
    </message>
    <message>
        <source>Heading</source>
        <translation>表格里的标题</translation>
    </message>
    <message>
        <source>First rows</source>
        <translation>前几行</translation>
    </message>
    <message>
        <source>Goes to</source>
        <translation>写到</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>把握</translation>
    </message>
    <message>
        <source>Headings of the table</source>
        <translation>表格里的标题</translation>
    </message>
    <message>
        <source>Headings</source>
        <translation>对应标题</translation>
    </message>
    <message>
        <source>File and recognition</source>
        <translation>文件和认人</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Other file</source>
        <translation>换文件</translation>
    </message>
    <message>
        <source>Sheet</source>
        <translation>工作表</translation>
    </message>
    <message>
        <source>Characters look wrong? Try another encoding.</source>
        <translation>文字显示不对？换一种编码试试。</translation>
    </message>
    <message>
        <source>Encoding</source>
        <translation>编码</translation>
    </message>
    <message>
        <source>How customers are recognised</source>
        <translation>按什么认人</translation>
    </message>
    <message>
        <source>Where things differ</source>
        <translation>遇到不同时</translation>
    </message>
    <message>
        <source>Empty cells erase nothing that is already there.</source>
        <translation>空格子不会清掉已有的资料。</translation>
    </message>
    <message>
        <source>Keep what I changed and have not sent</source>
        <translation>我改过还没发送的不覆盖</translation>
    </message>
    <message>
        <source>{n} column: {used} matched</source>
        <translation>{n} 列对上了 {used} 列</translation>
    </message>
    <message>
        <source>{n} columns: {used} matched</source>
        <translation>{n} 列对上了 {used} 列</translation>
    </message>
    <message>
        <source>, {n} needs your look</source>
        <translation>，{n} 列请您看一下</translation>
    </message>
    <message>
        <source>, {n} need your look</source>
        <translation>，{n} 列请您看一下</translation>
    </message>
</context>
<context>
    <name>PreviewPage</name>
    <message>
        <source>Row</source>
        <translation>行</translation>
    </message>
    <message>
        <source>Customer</source>
        <translation>客户</translation>
    </message>
    <message>
        <source>Field</source>
        <translation>栏目</translation>
    </message>
    <message>
        <source>Now</source>
        <translation>现在</translation>
    </message>
    <message>
        <source>Becomes</source>
        <translation>改为</translation>
    </message>
    <message>
        <source>What will change</source>
        <translation>看会改什么</translation>
    </message>
    <message>
        <source>Enter shows the customer</source>
        <translation>双击或按 Enter 看全部资料</translation>
    </message>
    <message>
        <source>{n} field changes</source>
        <translation>{n} 处</translation>
    </message>
    <message>
        <source>{n} fields change</source>
        <translation>{n} 处</translation>
    </message>
    <message>
        <source>not imported</source>
        <translation>不导入</translation>
    </message>
    <message>
        <source>New customers</source>
        <translation>新客户</translation>
    </message>
    <message>
        <source>are added</source>
        <translation>新增</translation>
    </message>
    <message>
        <source>Updated</source>
        <translation>更新</translation>
    </message>
    <message>
        <source>Unchanged</source>
        <translation>没有变化</translation>
    </message>
    <message>
        <source>nothing is written</source>
        <translation>不写入</translation>
    </message>
    <message>
        <source>With problems</source>
        <translation>有问题</translation>
    </message>
    <message>
        <source>All {n}</source>
        <translation>全部 {n} 处</translation>
    </message>
    <message>
        <source>Others</source>
        <translation>其他</translation>
    </message>
    <message>
        <source>These rows say what is already there</source>
        <translation>这些行与已有资料一致</translation>
    </message>
    <message>
        <source>Nothing is written for them.</source>
        <translation>不会写入任何内容。</translation>
    </message>
    <message>
        <source>No new customers in this table</source>
        <translation>表里没有新客户</translation>
    </message>
    <message>
        <source>No customer would change</source>
        <translation>没有客户会改动</translation>
    </message>
    <message>
        <source>Every row says something new</source>
        <translation>每一行都有新内容</translation>
    </message>
    <message>
        <source>Every row can be imported</source>
        <translation>每一行都可以导入</translation>
    </message>
</context>
<context>
    <name>RepairBox</name>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Confirm</source>
        <translation>确定</translation>
    </message>
    <message>
        <source>This row is mended in the file: save these rows as a table, and import it.</source>
        <translation>这一行要在表格里改：请先存为表格，改好后再导入。</translation>
    </message>
    <message>
        <source>Row {row}</source>
        <translation>第 {row} 行</translation>
    </message>
</context>
<context>
    <name>ResultPage</name>
    <message>
        <source>Undo the whole import</source>
        <translation>整批撤销</translation>
    </message>
    <message>
        <source>Save rows left out as table</source>
        <translation>把没导入的行存为表格</translation>
    </message>
    <message>
        <source>Import another file</source>
        <translation>再导入一个文件</translation>
    </message>
    <message>
        <source>To the customers</source>
        <translation>去看客户</translation>
    </message>
    <message>
        <source>Importing {n} row</source>
        <translation>正在导入 {n} 行</translation>
    </message>
    <message>
        <source>Importing {n} rows</source>
        <translation>正在导入 {n} 行</translation>
    </message>
    <message>
        <source>You can go on working elsewhere. If you cancel, what is written stays; the same file again takes the rest.</source>
        <translation>您可以先做别的事。取消后，已写入的保留；再导入同一个文件，就从剩下的接着来。</translation>
    </message>
    <message>
        <source>Undoing the import…</source>
        <translation>正在撤销…</translation>
    </message>
    <message>
        <source>{n} row is imported</source>
        <translation>已导入 {n} 行</translation>
    </message>
    <message>
        <source>{n} rows are imported</source>
        <translation>已导入 {n} 行</translation>
    </message>
    <message>
        <source>Stopped: {written} of {planned} rows are imported</source>
        <translation>已停下：{planned} 行中导入了 {written} 行</translation>
    </message>
    <message>
        <source>The import is undone</source>
        <translation>已整批撤销</translation>
    </message>
    <message>
        <source>The import did not finish</source>
        <translation>导入没有完成</translation>
    </message>
    <message>
        <source>All customers are as they were before.</source>
        <translation>客户资料都和导入前一样。</translation>
    </message>
    <message>
        <source>What is written stays. The same file again takes the rest.</source>
        <translation>已写入的保留。再导入同一个文件，就从剩下的接着来。</translation>
    </message>
    <message>
        <source>{n} row was passed over: its customer has changed meanwhile.</source>
        <translation>{n} 行跳过了：这位客户的资料刚刚有了变化。</translation>
    </message>
    <message>
        <source>{n} rows were passed over: their customers have changed meanwhile.</source>
        <translation>{n} 行跳过了：这些客户的资料刚刚有了变化。</translation>
    </message>
    <message>
        <source>{n} row with problems was not imported.</source>
        <translation>{n} 行有问题，没有导入。</translation>
    </message>
    <message>
        <source>{n} rows with problems were not imported.</source>
        <translation>{n} 行有问题，没有导入。</translation>
    </message>
    <message>
        <source>Until the next sync the whole import can be undone.</source>
        <translation>下次同步之前可以整批撤销。</translation>
    </message>
</context>
</TS>
