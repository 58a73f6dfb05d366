<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN">
<context>
    <name>CheckPage</name>
    <message>
        <source>Previous page</source>
        <translation>上一页</translation>
    </message>
    <message>
        <source>Next page</source>
        <translation>下一页</translation>
    </message>
    <message>
        <source>Whole page</source>
        <translation>整页</translation>
    </message>
    <message>
        <source>Real size</source>
        <translation>实际大小</translation>
    </message>
    <message>
        <source>Size of the picture</source>
        <translation>预览大小</translation>
    </message>
    <message>
        <source>Open the customer</source>
        <translation>打开客户</translation>
    </message>
    <message>
        <source>Mend it at the customer, then come back; nothing is lost.</source>
        <translation>到客户资料里改好再回来，这里的设置都还在。</translation>
    </message>
    <message>
        <source>To look at</source>
        <translation>需要看一看</translation>
    </message>
    <message>
        <source>Page as it will be printed</source>
        <translation>打印出来的样子</translation>
    </message>
    <message>
        <source>Everything fits</source>
        <translation>全部合适</translation>
    </message>
    <message>
        <source>Every chosen customer gets a label, and every label is readable.</source>
        <translation>选中的客户都有标签，每个标签都看得清。</translation>
    </message>
    <message>
        <source>{n} thing to look at</source>
        <translation>{n} 处需要看一看</translation>
    </message>
    <message>
        <source>{n} things to look at</source>
        <translation>{n} 处需要看一看</translation>
    </message>
    <message>
        <source>Checked</source>
        <translation>检查完毕</translation>
    </message>
    <message>
        <source>Sheet {n} of {count}</source>
        <translation>第 {n} 张，共 {count} 张</translation>
    </message>
    <message>
        <source>This screen does not tell its size.</source>
        <translation>这台显示器没有报告尺寸，大小可能不准。</translation>
    </message>
</context>
<context>
    <name>Labels</name>
    <message>
        <source>Address labels {day}</source>
        <translation>地址标签 {day}</translation>
    </message>
    <message>
        <source>Save labels as PDF</source>
        <translation>标签另存为 PDF</translation>
    </message>
    <message>
        <source>PDF files (*.pdf)</source>
        <translation>PDF 文件 (*.pdf)</translation>
    </message>
    <message>
        <source>Address labels</source>
        <translation>地址标签</translation>
    </message>
    <message>
        <source>Print labels</source>
        <translation>打印标签</translation>
    </message>
</context>
<context>
    <name>LabelsPresenter</name>
    <message>
        <source>Setting labels</source>
        <translation>正在排标签</translation>
    </message>
    <message>
        <source>Choose somebody who gets a label.</source>
        <translation>请选择可以打印标签的客户。</translation>
    </message>
    <message>
        <source>Settle first what is said above.</source>
        <translation>请先处理上面的提示。</translation>
    </message>
</context>
<context>
    <name>LabelsScreen</name>
    <message>
        <source>Mailings</source>
        <translation>邮寄</translation>
    </message>
    <message>
        <source>Address labels</source>
        <translation>地址标签</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>上一步</translation>
    </message>
    <message>
        <source>People</source>
        <translation>名单</translation>
    </message>
    <message>
        <source>{n} person</source>
        <translation>{n} 人</translation>
    </message>
    <message>
        <source>{n} people</source>
        <translation>{n} 人</translation>
    </message>
    <message>
        <source>Sheet and place</source>
        <translation>标签纸与位置</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>检查与预览</translation>
    </message>
    <message>
        <source>Print</source>
        <translation>打印</translation>
    </message>
    <message>
        <source>Check {n} label</source>
        <translation>检查 {n} 个标签</translation>
    </message>
    <message>
        <source>Check {n} labels</source>
        <translation>检查 {n} 个标签</translation>
    </message>
    <message>
        <source>Go on to printing</source>
        <translation>去打印</translation>
    </message>
    <message>
        <source>Print…</source>
        <translation>打印…</translation>
    </message>
</context>
<context>
    <name>Outgoing</name>
    <message>
        <source>Saving</source>
        <translation>正在保存</translation>
    </message>
    <message>
        <source>Saved as {file}.</source>
        <translation>已保存为“{file}”。</translation>
    </message>
    <message>
        <source>Printing</source>
        <translation>正在打印</translation>
    </message>
    <message>
        <source>{n} sheet was sent to the printer.</source>
        <translation>已送出 {n} 张到打印机。</translation>
    </message>
    <message>
        <source>{n} sheets were sent to the printer.</source>
        <translation>已送出 {n} 张到打印机。</translation>
    </message>
    <message>
        <source>The next run begins on a new sheet.</source>
        <translation>下次从一张新纸开始。</translation>
    </message>
    <message>
        <source>The next run goes on at row {row}, column {column} of the last sheet.</source>
        <translation>下次从最后一张纸的第 {row} 行第 {column} 列接着打。</translation>
    </message>
    <message>
        <source>Stopped. Sheets that the printer already has may still come out.</source>
        <translation>已停止。已送到打印机的纸可能还会打出来。</translation>
    </message>
</context>
<context>
    <name>PeoplePage</name>
    <message>
        <source>What the letters are for</source>
        <translation>寄信用途</translation>
    </message>
    <message>
        <source>Who gets a label</source>
        <translation>给谁打标签</translation>
    </message>
    <message>
        <source>People who fit everything that you pick.</source>
        <translation>同时符合所选各项的客户。</translation>
    </message>
    <message>
        <source>Purpose</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>请选择…</translation>
    </message>
    <message>
        <source>Tag</source>
        <translation>客户标签</translation>
    </message>
    <message>
        <source>Choose otherwise</source>
        <translation>重新选择</translation>
    </message>
    <message>
        <source>Show only those without a label</source>
        <translation>只看不打标签的人</translation>
    </message>
    <message>
        <source>People who get a label</source>
        <translation>打标签的名单</translation>
    </message>
    <message>
        <source>Any</source>
        <translation>不限</translation>
    </message>
    <message>
        <source>Take {n} customer</source>
        <translation>选全部 {n} 位客户</translation>
    </message>
    <message>
        <source>Take all {n} customers</source>
        <translation>选全部 {n} 位客户</translation>
    </message>
    <message>
        <source>What are the letters for?</source>
        <translation>这些信用来做什么？</translation>
    </message>
    <message>
        <source>Choose the purpose on the left: not everybody may be written to.</source>
        <translation>请先在左侧选择用途：并非每位客户都可以寄信。</translation>
    </message>
    <message>
        <source>Nobody is chosen yet</source>
        <translation>还没有选人</translation>
    </message>
    <message>
        <source>Pick a village, a tag or a value tier on the left.</source>
        <translation>请在左边选村/社区、客户标签或价值等级。</translation>
    </message>
    <message>
        <source>{n} customer from your list</source>
        <translation>来自您列表的 {n} 位客户</translation>
    </message>
    <message>
        <source>{n} customers from your list</source>
        <translation>来自您列表的 {n} 位客户</translation>
    </message>
    <message>
        <source>{n} person</source>
        <translation>{n} 人</translation>
    </message>
    <message>
        <source>{n} people</source>
        <translation>{n} 人</translation>
    </message>
    <message>
        <source>{n} without a label</source>
        <translation>{n} 人无标签</translation>
    </message>
    <message>
        <source>{n} may not be written to</source>
        <translation>{n} 人不可寄信</translation>
    </message>
    <message>
        <source>No address, no label</source>
        <translation>没有地址，不打标签</translation>
    </message>
    <message>
        <source>gets a label</source>
        <translation>打标签</translation>
    </message>
    <message>
        <source>left out by you</source>
        <translation>您已去掉</translation>
    </message>
    <message>
        <source>{n} gets a label</source>
        <translation>{n} 人打标签</translation>
    </message>
    <message>
        <source>{n} get a label</source>
        <translation>{n} 人打标签</translation>
    </message>
</context>
<context>
    <name>PrintPage</name>
    <message>
        <source>Ready to print</source>
        <translation>可以打印了</translation>
    </message>
    <message>
        <source>Save as PDF…</source>
        <translation>另存为 PDF…</translation>
    </message>
    <message>
        <source>Start another run</source>
        <translation>再打一批</translation>
    </message>
    <message>
        <source>Print at 100 %, on the paper of this size: anything else moves the labels.</source>
        <translation>请用这种尺寸的纸，按 100% 打印，不要缩放，否则字会偏出格子。</translation>
    </message>
    <message>
        <source>row {row}, column {column} of the first sheet</source>
        <translation>第一张的第 {row} 行第 {column} 列</translation>
    </message>
    <message>
        <source>{n} label</source>
        <translation>{n} 个</translation>
    </message>
    <message>
        <source>{n} labels</source>
        <translation>{n} 个</translation>
    </message>
    <message>
        <source>{n} sheet</source>
        <translation>{n} 张纸</translation>
    </message>
    <message>
        <source>{n} sheets</source>
        <translation>{n} 张纸</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Paper</source>
        <translation>用纸</translation>
    </message>
    <message>
        <source>Label sheet</source>
        <translation>标签纸</translation>
    </message>
    <message>
        <source>Begins at</source>
        <translation>从哪里开始</translation>
    </message>
</context>
<context>
    <name>SheetPage</name>
    <message>
        <source>Previous sheet</source>
        <translation>上一张</translation>
    </message>
    <message>
        <source>Next sheet</source>
        <translation>下一张</translation>
    </message>
    <message>
        <source>Click a label to change its mark</source>
        <translation>点格子改记号</translation>
    </message>
    <message>
        <source>New sheet</source>
        <translation>换新纸</translation>
    </message>
    <message>
        <source>Put in a sheet of which nothing is used: clears all marks</source>
        <translation>放一张没用过的纸，清除所有记号</translation>
    </message>
    <message>
        <source>A click marks a label as</source>
        <translation>点格子记为</translation>
    </message>
    <message>
        <source>Used</source>
        <translation>已用</translation>
    </message>
    <message>
        <source>Damaged</source>
        <translation>坏格</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Label sheet</source>
        <translation>标签纸</translation>
    </message>
    <message>
        <source>From row</source>
        <translation>从第几行</translation>
    </message>
    <message>
        <source>Column</source>
        <translation>第几列</translation>
    </message>
    <message>
        <source>Labels for each</source>
        <translation>每位几个</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>次序</translation>
    </message>
    <message>
        <source>Same address</source>
        <translation>同一地址</translation>
    </message>
    <message>
        <source>Labels in</source>
        <translation>标签文字</translation>
    </message>
    <message>
        <source>Where a run ends is remembered for the next one.</source>
        <translation>打完会记住停在哪一格。</translation>
    </message>
    <message>
        <source>Real size</source>
        <translation>实际大小</translation>
    </message>
    <message>
        <source>Sheets of this run</source>
        <translation>这一批的各张纸</translation>
    </message>
    <message>
        <source>Row {row}, column {column}: {state}</source>
        <translation>第 {row} 行第 {column} 列：{state}</translation>
    </message>
    <message>
        <source>Kept</source>
        <translation>留着</translation>
    </message>
    <message>
        <source>free</source>
        <translation>空格</translation>
    </message>
    <message>
        <source>by postcode</source>
        <translation>按邮编</translation>
    </message>
    <message>
        <source>by address</source>
        <translation>按地址</translation>
    </message>
    <message>
        <source>by name</source>
        <translation>按姓名</translation>
    </message>
    <message>
        <source>a label for each</source>
        <translation>各打一个</translation>
    </message>
    <message>
        <source>one label</source>
        <translation>合打一个</translation>
    </message>
    <message>
        <source>Go on with the part-used sheet, {n} label left</source>
        <translation>接着用那张用过的纸，还剩 {n} 格</translation>
    </message>
    <message>
        <source>Go on with the part-used sheet, {n} labels left</source>
        <translation>接着用那张用过的纸，还剩 {n} 格</translation>
    </message>
    <message>
        <source>Sheet {n} of {count}</source>
        <translation>第 {n} 张，共 {count} 张</translation>
    </message>
    <message>
        <source>{width} × {height} mm</source>
        <translation>{width} × {height} mm</translation>
    </message>
    <message>
        <source>This screen does not tell its size; the picture may be larger or smaller.</source>
        <translation>这台显示器没有报告尺寸，图可能偏大或偏小。</translation>
    </message>
    <message>
        <source>{n} sheet</source>
        <translation>{n} 张纸</translation>
    </message>
    <message>
        <source>{n} sheets</source>
        <translation>{n} 张纸</translation>
    </message>
    <message>
        <source>{n} label left on the last</source>
        <translation>最后一张剩 {n} 格</translation>
    </message>
    <message>
        <source>{n} labels left on the last</source>
        <translation>最后一张剩 {n} 格</translation>
    </message>
    <message>
        <source>{n} label</source>
        <translation>{n} 个</translation>
    </message>
    <message>
        <source>{n} labels</source>
        <translation>{n} 个</translation>
    </message>
</context>
</TS>
